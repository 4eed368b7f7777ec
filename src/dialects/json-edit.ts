import type { JsonValue } from '../lib/json.ts'
import type { JsonScan } from './json-scan.ts'

/** One listed change of a body: the bytes from `start` to `end` become `text`; everything else stays as it was written. */
export interface BodyEdit {
  /** What is changed, as a JSON pointer, for traces: `/model`. */
  readonly pointer: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A copy of the bytes from `start` to `end` of a body in pieces. */
export function sliceBytes(pieces: readonly Uint8Array[], start: number, end: number): Buffer {
  return Buffer.concat(cut(pieces, start, end))
}

export function sliceText(pieces: readonly Uint8Array[], start: number, end: number): string {
  return sliceBytes(pieces, start, end).toString('utf8')
}

function cut(pieces: readonly Uint8Array[], start: number, end: number): Uint8Array[] {
  const result: Uint8Array[] = []
  let base = 0
  for (const piece of pieces) {
    const from = Math.max(start - base, 0)
    const to = Math.min(end - base, piece.length)
    if (from < to) result.push(from === 0 && to === piece.length ? piece : piece.subarray(from, to))
    base += piece.length
    if (base >= end) break
  }
  return result
}

/** The body with its edits spliced in: views of the same memory, no copies. Edits may come in any order but must not overlap. */
export function editBody(pieces: readonly Uint8Array[], edits: readonly BodyEdit[]): readonly Uint8Array[] {
  if (edits.length === 0) return pieces
  const result: Uint8Array[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new RangeError(`Edits overlap at ${edit.pointer}.`)
    result.push(...cut(pieces, at, edit.start))
    if (edit.text !== '') result.push(Buffer.from(edit.text, 'utf8'))
    at = edit.end
  }
  result.push(...cut(pieces, at, Number.POSITIVE_INFINITY))
  return result
}

/** Adds a member that the object does not have, at its end. */
export function appendMember(scan: JsonScan, key: string, value: JsonValue): BodyEdit {
  const last = scan.members.at(-1)
  const at = last?.valueEnd ?? scan.contentStart
  return { pointer: `/${key}`, start: at, end: at, text: `${last ? ',' : ''}${JSON.stringify(key)}:${JSON.stringify(value)}` }
}
