import { GatewayError } from '../../domain/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { readItems, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { findMember, readObeyed } from '../obeyed-members.ts'
import { setMembers } from '../set-members.ts'

/** What a request says about being stored, and about what was. */
export interface StorageWish {
  readonly previousId: string | undefined
  readonly isBackground: boolean
  /** True unless the client said otherwise. */
  readonly stores: boolean
}

function readFlag(body: ScannedBody, key: string): boolean | undefined {
  const value = readObeyed(body, key) ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  throw new GatewayError('invalid_request', `Expected \`${key}\` to be true or false.`, { details: { param: key } })
}

/** Reads it without decoding the body. Throws `invalid_request`. */
export function readStorageWish(body: ScannedBody): StorageWish {
  const previousId = readObeyed(body, 'previous_response_id') ?? undefined
  if (previousId !== undefined && typeof previousId !== 'string') {
    throw new GatewayError('invalid_request', 'Expected `previous_response_id` to be a text.', { details: { param: 'previous_response_id' } })
  }
  return { previousId, isBackground: readFlag(body, 'background') === true, stores: readFlag(body, 'store') !== false }
}

/** The input of a request as a list of items, each as it was written; a text is an item of the user. */
export function readInputItems(body: ScannedBody): readonly JsonText[] {
  const member = findMember(body, 'input')
  if (!member) return []
  const text = sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText
  if (!text.startsWith('"')) return readItems(text)
  return [`{"type":"message","role":"user","content":[{"type":"input_text","text":${text}}]}` as JsonText]
}

const json = (value: JsonValue): JsonText => toJsonText(value)

/** The request with the conversation so far in it, instead of a word about where it is. */
export function putHistory(body: ScannedBody, history: readonly JsonText[]): ScannedBody {
  const input = `[${[...history, ...readInputItems(body)].join(',')}]` as JsonText
  return setMembers(body, { input, previous_response_id: json(null) })
}

/** The same request for somebody who waits for the answer. */
export function askInForeground(body: ScannedBody, isStream: boolean): ScannedBody {
  return setMembers(body, { background: json(false), stream: json(isStream) })
}
