import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readItems, type JsonText } from '../../lib/json-text.ts'
import { ENVELOPE_PREFIX } from '../canonical/translation.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText, type BodyEdit } from '../json-edit.ts'
import { mentions } from '../mentions.ts'
import { findMember } from '../obeyed-members.ts'

const MARK = Buffer.from(ENVELOPE_PREFIX)

function sealOf(item: JsonText): string | undefined {
  if (!item.includes('encrypted_content')) return undefined
  const value = parseJsonText(item)
  if (!isJsonObject(value) || value['type'] !== 'reasoning') return undefined
  const { encrypted_content: seal } = value
  return typeof seal === 'string' ? seal : undefined
}

function dropItems(body: ScannedBody, isUnwanted: (seal: string) => boolean): readonly BodyEdit[] {
  const member = findMember(body, 'input')
  if (!member) return []
  const items = readItems(sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText)
  const kept = items.filter((item) => {
    const seal = sealOf(item)
    return seal === undefined || !isUnwanted(seal)
  })
  if (kept.length === items.length) return []
  return [{ pointer: '/input', start: member.valueStart, end: member.valueEnd, text: `[${kept.join(',')}]` }]
}

/**
 * Takes out the reasoning items that this gateway sealed for models of another dialect: the provider could not decrypt
 * them, and would refuse the request. Bodies without one are not touched.
 */
export function dropEnvelopes(body: ScannedBody): readonly BodyEdit[] {
  return mentions(body.pieces, MARK) ? dropItems(body, (seal) => seal.startsWith(ENVELOPE_PREFIX)) : []
}

/** Takes out all reasoning items that are sealed, whoever sealed them. */
export function dropSeals(body: ScannedBody): readonly BodyEdit[] {
  return dropItems(body, () => true)
}
