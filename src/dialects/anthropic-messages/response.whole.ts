import type { JsonValue } from '../../lib/json.ts'
import type { ScannedBody, WholeVerdict } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** An answer can be large; its usage and its error are small. Only they are parsed. */
export function readWhole(body: ScannedBody): WholeVerdict {
  const read = (key: string): JsonValue | undefined => {
    const member = body.scan.members.findLast((candidate) => candidate.key === key)
    return member && (JSON.parse(sliceText(body.pieces, member.valueStart, member.valueEnd)) as JsonValue)
  }
  try {
    const error = read('error')
    if (error !== undefined && error !== null) return { kind: 'fault', fault: decodeFault(error) }
    if (!body.scan.members.some((member) => member.key === 'content')) {
      return { kind: 'malformed', reason: 'an answer without `content`' }
    }
    return { kind: 'answer', usage: decodeUsage(read('usage')) }
  } catch {
    return { kind: 'malformed', reason: 'an answer that is not valid JSON' }
  }
}
