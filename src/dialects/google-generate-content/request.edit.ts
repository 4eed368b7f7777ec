import { editMembers, readMember, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText, type BodyEdit } from '../json-edit.ts'
import { findMember } from '../obeyed-members.ts'

/**
 * The address names the model. A body that names it again has to name the same: at its top, or in the request whose tokens are to
 * be counted.
 */
export function setModel(body: ScannedBody, model: string): readonly BodyEdit[] {
  const name = JSON.stringify(`models/${model}`) as JsonText
  const own = findMember(body, 'model')
  const edits: BodyEdit[] = own ? [{ pointer: '/model', start: own.valueStart, end: own.valueEnd, text: name }] : []
  for (const key of ['generateContentRequest', 'generate_content_request']) {
    const member = findMember(body, key)
    const inner = member && (sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText)
    if (member && inner !== undefined && readMember(inner, 'model') !== undefined) {
      edits.push({ pointer: `/${key}`, start: member.valueStart, end: member.valueEnd, text: editMembers(inner, { model: name }) })
    }
  }
  return edits
}
