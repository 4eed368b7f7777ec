import type { TemplatePart, TemplateValue } from '../../../domain/template-text.ts'

/** What may stand in the place of a value. */
export type TextKind = 'command' | 'argument' | 'variable' | 'folder' | 'address' | 'header'

export type CompletedText =
  | { readonly kind: 'complete'; readonly text: string }
  /** Names without a value, in the order of the text. */
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** The value of a name; undefined when nobody gave one. */
export type LookUp = (name: string) => string | undefined

const MAX_VALUE = 4096
const CONTROL = /\p{Cc}/u
const CLIMBS = /(?:^|[\\/])\.\.(?:[\\/]|$)/
/** A part of a path that says where to go instead of naming something: `..`, and in an address `.` too, which is left out of it. */
const STEPS = { address: /(?<=[\\/])\.\.?(?=[\\/?#]|$)/g, path: /(?<=^|[\\/=])\.\.(?=[\\/]|$)/g }
const BEYOND_LATIN_1 = /[^\u0020-\u007E\u00A0-\u00FF]/

/** What is wrong with a value in its place: it must stay one word of one line, below where it was meant to be. */
function faultOf(value: string, kind: TextKind, isFirst: boolean): string | undefined {
  if (value.length > MAX_VALUE) return `is longer than ${MAX_VALUE} characters`
  if (CONTROL.test(value)) return 'holds a control character'
  if (kind === 'header') return BEYOND_LATIN_1.test(value) ? 'holds a character that a header cannot carry' : undefined
  if (CLIMBS.test(value)) return 'holds `..` as a part of a path'
  // A program would read an argument that begins so as an option.
  const isWord = isFirst && (kind === 'argument' || kind === 'command')
  return isWord && value.startsWith('-') ? 'begins with `-`, which would make it an option' : undefined
}

function findValue({ name, fallback }: TemplateValue, lookUp: LookUp): string | undefined {
  const given = lookUp(name)
  return given === undefined || given === '' ? fallback : given
}

/** Whether values together became a step that the operator did not write, as `{{a}}{{b}}` does with two dots. */
function stepsAside(text: string, outline: string, kind: TextKind): boolean {
  if (kind === 'header') return false
  const pattern = kind === 'address' ? STEPS.address : STEPS.path
  return (text.match(pattern)?.length ?? 0) > (outline.match(pattern)?.length ?? 0)
}

/**
 * The text with every value in its place. A value is data: it never becomes a second argument, since nothing is split
 * again, nor an option, nor another part of an address.
 */
export function completeText(parts: readonly TemplatePart[], kind: TextKind, lookUp: LookUp): CompletedText {
  const missing: string[] = []
  let text = ''
  let outline = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part
      outline += part
      continue
    }
    const value = findValue(part, lookUp)
    if (value === undefined) {
      missing.push(part.name)
      continue
    }
    const fault = faultOf(value, kind, text === '')
    if (fault !== undefined) return { kind: 'refused', reason: `\`${part.name}\` ${fault}.` }
    text += kind === 'address' ? encodeURIComponent(value) : value
    outline += 'x'
  }
  if (missing.length > 0) return { kind: 'missing', names: missing }
  if (stepsAside(text, outline, kind)) return { kind: 'refused', reason: 'Its values make a part of a path that is `.` or `..`.' }
  return { kind: 'complete', text }
}
