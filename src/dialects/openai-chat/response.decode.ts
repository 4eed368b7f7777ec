import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { ChatReader } from './stream.decode.ts'

/** Calls of a whole answer stand apart without numbers; the reader tells them apart by one. */
function numberCalls(choice: JsonValue): JsonValue {
  if (!isJsonObject(choice) || !isJsonObject(choice['message'])) return choice
  const { tool_calls: calls } = choice['message']
  if (!Array.isArray(calls)) return choice
  return { ...choice, message: { ...choice['message'], tool_calls: calls.map((call: JsonValue, index) => (isJsonObject(call) ? { ...call, index } : call)) } }
}

/** A whole completion is read as a stream of one chunk. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const reader = new ChatReader()
  const choices = Array.isArray(body['choices']) ? body['choices'].map(numberCalls) : []
  const value = [...reader.read({ ...body, choices }), ...reader.end()]
  return { value, losses: reader.losses.list }
}
