import type { JsonObject } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { ResponseReader } from './read-response.ts'
import { noteResponse } from './response.unread.ts'

/** A whole response is read as a stream that told nothing before its end. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const reader = new ResponseReader()
  noteResponse(reader.losses, body)
  const value = [...reader.start(body), ...reader.end(body)]
  return { value, losses: reader.losses.list }
}
