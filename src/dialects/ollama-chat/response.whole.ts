import type { ScannedBody, WholeVerdict } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** Usage stands at the top level, beside the message. */
export function readWhole(body: ScannedBody): WholeVerdict {
  let value: unknown
  try {
    value = JSON.parse(sliceText(body.pieces, 0, body.scan.length)) as JsonValue
  } catch {
    return { kind: 'malformed', reason: 'an answer that is not valid JSON' }
  }
  if (!isJsonObject(value)) return { kind: 'malformed', reason: 'an answer that is no JSON object' }
  if (value['error'] !== undefined && value['error'] !== null) return { kind: 'fault', fault: decodeFault(value['error']) }
  return value['message'] === undefined ? { kind: 'malformed', reason: 'an answer without `message`' } : { kind: 'answer', usage: decodeUsage(value) }
}
