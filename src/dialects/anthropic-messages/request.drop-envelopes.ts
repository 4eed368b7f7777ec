import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { editMembers, parseJsonText, readItems, readMember, type JsonText } from '../../lib/json-text.ts'
import { ENVELOPE_PREFIX } from '../canonical/translation.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText, type BodyEdit } from '../json-edit.ts'
import { mentions } from '../mentions.ts'
import { findMember } from '../obeyed-members.ts'

const MARK = Buffer.from(ENVELOPE_PREFIX)

const isEnvelope = (value: JsonValue | undefined): boolean => typeof value === 'string' && value.startsWith(ENVELOPE_PREFIX)

function isOurs(block: JsonText): boolean {
  if (!block.includes(ENVELOPE_PREFIX)) return false
  const value = parseJsonText(block)
  if (!isJsonObject(value)) return false
  return (value['type'] === 'thinking' && isEnvelope(value['signature'])) || (value['type'] === 'redacted_thinking' && isEnvelope(value['data']))
}

function cleanMessage(message: JsonText): readonly JsonText[] {
  const content = message.includes(ENVELOPE_PREFIX) ? readMember(message, 'content') : undefined
  const blocks = content === undefined ? [] : readItems(content)
  const kept = blocks.filter((block) => !isOurs(block))
  if (kept.length === blocks.length) return [message]
  // A turn that was nothing but a thought has nothing left to say.
  return kept.length === 0 ? [] : [editMembers(message, { content: `[${kept.join(',')}]` as JsonText })]
}

/**
 * Takes out the thoughts that this gateway sealed for models of another dialect: the provider would take the envelope for a
 * signature of its own, and refuse the request. Bodies without one are not touched.
 */
export function dropEnvelopes(body: ScannedBody): readonly BodyEdit[] {
  if (!mentions(body.pieces, MARK)) return []
  const member = findMember(body, 'messages')
  if (!member) return []
  const before = readItems(sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText)
  const after = before.flatMap(cleanMessage)
  if (after.length === before.length && after.every((message, index) => message === before[index])) return []
  return [{ pointer: '/messages', start: member.valueStart, end: member.valueEnd, text: `[${after.join(',')}]` }]
}
