import { appendMember, createJsonScanner, editBody } from '../../../dialects/index.ts'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'

/** Adds the provider's own parameters to a body as a text edit; what the client set stays as the client set it. */
export function addParameters(pieces: readonly Uint8Array[], parameters: JsonObject): readonly Uint8Array[] {
  const wanted = Object.entries(parameters).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
  if (wanted.length === 0) return pieces
  const scanner = createJsonScanner()
  for (const piece of pieces) scanner.push(piece)
  const scan = scanner.end()
  const present = new Set(scan.members.map((member) => member.key))
  const missing = wanted.filter(([key]) => !present.has(key))
  if (missing.length === 0) return pieces
  const texts = missing.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  const { start } = appendMember(scan, 'parameters', null)
  const lead = scan.members.length > 0 ? ',' : ''
  return editBody(pieces, [{ pointer: '/', start, end: start, text: `${lead}${texts.join(',')}` }])
}
