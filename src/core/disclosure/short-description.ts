import { readToolFields } from './read-tool-fields.ts'
import type { JsonText } from '../../lib/json-text.ts'

const MAX_CHARACTERS = 160

/** The first sentence of what a tool says it does, cut at a word. */
export function shortDescription(definition: JsonText): string {
  const { description, title } = readToolFields(definition)
  const line = (description || title).trim().split(/\n|(?<=[.!?])\s/, 1)[0] ?? ''
  if (line.length <= MAX_CHARACTERS) return line
  const cut = line.slice(0, MAX_CHARACTERS)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), MAX_CHARACTERS / 2))}…`
}
