import { isJsonObject } from '../../lib/json.ts'
import { readMembers, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { appendMember, sliceBytes, type BodyEdit } from '../json-edit.ts'
import { findMember, readValue } from '../obeyed-members.ts'

/** Byte offsets are wanted, so the member is found in Latin-1 text, where one character is one byte. */
function editIncludeUsage(body: ScannedBody, start: number, end: number): readonly BodyEdit[] {
  const pointer = '/stream_options/include_usage'
  const bytewise = sliceBytes(body.pieces, start, end).toString('latin1') as JsonText
  const members = readMembers(bytewise)
  const present = members.filter((member) => member.key === 'include_usage')
  if (present.length > 0) {
    return present.map((member) => ({ pointer, start: start + member.valueStart, end: start + member.valueEnd, text: 'true' }))
  }
  const last = members.at(-1)
  const at = start + (last ? last.valueEnd : bytewise.indexOf('{') + 1)
  return [{ pointer, start: at, end: at, text: `${last ? ',' : ''}"include_usage":true` }]
}

/**
 * The gateway always wants the usage of a stream. What the client asked for beside it stays; something that is no
 * object is left for the provider to refuse.
 */
export function askForUsage(body: ScannedBody): readonly BodyEdit[] {
  const member = findMember(body, 'stream_options')
  if (!member) return [appendMember(body.scan, 'stream_options', { include_usage: true })]
  const value = readValue(body, member)
  if (value === null) {
    return [{ pointer: '/stream_options', start: member.valueStart, end: member.valueEnd, text: '{"include_usage":true}' }]
  }
  if (!isJsonObject(value) || value['include_usage'] === true) return []
  return editIncludeUsage(body, member.valueStart, member.valueEnd)
}
