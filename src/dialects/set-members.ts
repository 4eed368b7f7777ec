import type { JsonText } from '../lib/json-text.ts'
import type { ScannedBody } from './codec.ts'
import { editBody, type BodyEdit } from './json-edit.ts'
import type { JsonScan, MemberSpan } from './json-scan.ts'
import { findMember } from './obeyed-members.ts'

interface Addition {
  readonly key: string
  readonly keyText: string
  readonly value: JsonText
}

const move = (span: MemberSpan, by: number): MemberSpan => (by === 0 ? span : { key: span.key, keyStart: span.keyStart + by, valueStart: span.valueStart + by, valueEnd: span.valueEnd + by })

/** Where everything stands after the edits: long conversations are not scanned again. */
function moveScan(scan: JsonScan, edits: ReadonlyMap<MemberSpan, BodyEdit>, additions: readonly Addition[]): JsonScan {
  let by = 0
  const members = scan.members.map((span) => {
    const edit = edits.get(span)
    const moved = move(span, by)
    if (!edit) return moved
    const grown = Buffer.byteLength(edit.text) - (span.valueEnd - span.valueStart)
    by += grown
    return { ...moved, valueEnd: moved.valueEnd + grown }
  })
  let at = members.at(-1)?.valueEnd ?? scan.contentStart
  const from = at
  for (const { key, keyText, value } of additions) {
    const keyStart = at + (members.length > 0 ? 1 : 0)
    const valueStart = keyStart + Buffer.byteLength(keyText) + 1
    at = valueStart + Buffer.byteLength(value)
    members.push({ key, keyStart, valueStart, valueEnd: at })
  }
  by += at - from
  return { length: scan.length + by, members, contentStart: scan.contentStart, contentEnd: scan.contentEnd + by }
}

/** The body with top-level members replaced or added; everything else stays as it was written. */
export function setMembers(body: ScannedBody, changes: Readonly<Record<string, JsonText>>): ScannedBody {
  const { pieces, scan } = body
  const edits = new Map<MemberSpan, BodyEdit>()
  const additions: Addition[] = []
  for (const [key, value] of Object.entries(changes)) {
    const member = findMember(body, key)
    if (member) edits.set(member, { pointer: `/${key}`, start: member.valueStart, end: member.valueEnd, text: value })
    else additions.push({ key, keyText: JSON.stringify(key), value })
  }
  const end = scan.members.at(-1)?.valueEnd ?? scan.contentStart
  const added = additions.map(({ keyText, value }) => `${keyText}:${value}`).join(',')
  const adding = additions.length > 0 ? [{ pointer: '/', start: end, end, text: `${scan.members.length > 0 ? ',' : ''}${added}` }] : []
  return { pieces: editBody(pieces, [...edits.values(), ...adding]), scan: moveScan(scan, edits, additions) }
}
