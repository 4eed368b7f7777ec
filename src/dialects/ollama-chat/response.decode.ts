import type { JsonObject } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { OllamaReader } from './stream.decode.ts'

/** A whole answer is read as a stream of one line. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const reader = new OllamaReader()
  const value = reader.read({ ...body, done: true })
  return { value, losses: reader.losses.list }
}
