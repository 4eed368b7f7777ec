import { isJsonObject } from '../../lib/json.ts'
import { editMembers, parseJsonText, readItems, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText, type BodyEdit } from '../json-edit.ts'
import { mentions } from '../mentions.ts'
import { findMember } from '../obeyed-members.ts'
import { SIGNATURE_MARK, SKIP_VALIDATION } from './signature.ts'

const MARK = Buffer.from(SIGNATURE_MARK)
const NAMES = ['thoughtSignature', 'thought_signature'] as const

/** Thoughts of other models go; a call of theirs says that it has no signature of this one. */
function cleanPart(part: JsonText): readonly JsonText[] {
  const value = part.includes(SIGNATURE_MARK) ? parseJsonText(part) : undefined
  if (!isJsonObject(value)) return [part]
  const name = NAMES.find((key) => typeof value[key] === 'string' && value[key].startsWith(SIGNATURE_MARK))
  if (name === undefined) return [part]
  if (value['thought'] === true || value['text'] === '') return []
  const isCall = value['functionCall'] !== undefined || value['function_call'] !== undefined
  return [editMembers(part, { [name]: isCall ? toJsonText(SKIP_VALIDATION) : undefined })]
}

function cleanContent(content: JsonText): readonly JsonText[] {
  const parts = content.includes(SIGNATURE_MARK) ? readMember(content, 'parts') : undefined
  if (parts === undefined) return [content]
  const kept = readItems(parts).flatMap(cleanPart)
  return kept.length === 0 ? [] : [editMembers(content, { parts: `[${kept.join(',')}]` as JsonText })]
}

/**
 * Takes out what this gateway sealed for models of another dialect: the provider would take the envelope for a signature of its own,
 * and refuse the request. Bodies without one are not touched.
 */
export function dropEnvelopes(body: ScannedBody): readonly BodyEdit[] {
  if (!mentions(body.pieces, MARK)) return []
  const member = findMember(body, 'contents')
  if (!member) return []
  const before = readItems(sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText)
  const after = before.flatMap(cleanContent)
  if (after.length === before.length && after.every((content, index) => content === before[index])) return []
  return [{ pointer: '/contents', start: member.valueStart, end: member.valueEnd, text: `[${after.join(',')}]` }]
}
