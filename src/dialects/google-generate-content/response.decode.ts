import type { JsonObject } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { GeminiReader } from './stream.decode.ts'

/** A whole answer is read as a stream of one chunk. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const reader = new GeminiReader()
  const value = [...reader.read(body), ...reader.end()]
  return { value, losses: reader.losses.list }
}
