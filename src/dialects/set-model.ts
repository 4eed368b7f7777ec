import type { ScannedBody } from './codec.ts'
import { appendMember, type BodyEdit } from './json-edit.ts'
import { findMember } from './obeyed-members.ts'

/** Names the upstream's model in a body whose top level has it. */
export function setModel(body: ScannedBody, model: string): readonly BodyEdit[] {
  const member = findMember(body, 'model')
  if (!member) return [appendMember(body.scan, 'model', model)]
  return [{ pointer: '/model', start: member.valueStart, end: member.valueEnd, text: JSON.stringify(model) }]
}
