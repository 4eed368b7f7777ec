import type { Brand } from './brand.ts'
import type { JsonValue } from './json.ts'

/**
 * One JSON value as the text somebody wrote. Forwarding the text instead of a parsed copy keeps what
 * `JSON.parse` and `JSON.stringify` lose: the order of integer-like keys, numbers beyond 2^53, escapes, spacing.
 * A `JsonText` is always valid JSON: whoever makes one has parsed it at the edge, or sliced one that is valid.
 */
export type JsonText = Brand<'JsonText'>

/** One member of an object, by its place in the text: `{"a": 1}` has key `a` with `keyStart` 1 and its value from 6 to 7. */
export interface JsonMember {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

export const EMPTY_OBJECT = '{}' as JsonText

export function toJsonText(value: JsonValue): JsonText {
  return JSON.stringify(value) as JsonText
}

export function parseJsonText(text: JsonText): JsonValue {
  return JSON.parse(text) as JsonValue
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** `from` is at the opening quote; the answer is just after the closing one. Strings are skipped by native search. */
function skipString(text: string, from: number): number {
  let at = from
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) throw new SyntaxError('unterminated string in JSON')
    let slashes = at - 1
    while (text.charCodeAt(slashes) === BACKSLASH) slashes--
    if ((at - slashes) % 2 === 1) return at + 1
  }
}

function skipContainer(text: string, from: number): number {
  let depth = 0
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (Number.isNaN(code)) throw new SyntaxError('unterminated value in JSON')
    if (code === QUOTE) {
      at = skipString(text, at)
      continue
    }
    at++
    if (code === 0x7b || code === 0x5b) depth++
    else if (code === 0x7d || code === 0x5d) {
      depth--
      if (depth === 0) return at
    }
  }
}

function skipScalar(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (Number.isNaN(code) || code === COMMA || code === 0x7d || code === 0x5d || isSpace(code)) return at
    at++
  }
}

function skipValue(text: string, from: number): number {
  const code = text.charCodeAt(from)
  if (code === QUOTE) return skipString(text, from)
  if (code === 0x7b || code === 0x5b) return skipContainer(text, from)
  return skipScalar(text, from)
}

/** The members of an object in their own order, duplicates included; none for any other value. */
export function readMembers(object: JsonText): readonly JsonMember[] {
  let at = skipSpace(object, 0)
  if (object.charCodeAt(at) !== 0x7b) return []
  const members: JsonMember[] = []
  at = skipSpace(object, at + 1)
  while (object.charCodeAt(at) === QUOTE) {
    const keyStart = at
    const keyEnd = skipString(object, at)
    at = skipSpace(object, keyEnd)
    if (object.charCodeAt(at) !== COLON) throw new SyntaxError('expected ":" in JSON object')
    const valueStart = skipSpace(object, at + 1)
    const valueEnd = skipValue(object, valueStart)
    members.push({ key: JSON.parse(object.slice(keyStart, keyEnd)) as string, keyStart, valueStart, valueEnd })
    at = skipSpace(object, valueEnd)
    if (object.charCodeAt(at) !== COMMA) break
    at = skipSpace(object, at + 1)
  }
  return members
}

/** The value of a member as text. Of duplicates the last wins, as in `JSON.parse`. */
export function readMember(object: JsonText, key: string): JsonText | undefined {
  const member = readMembers(object).findLast((candidate) => candidate.key === key)
  return member && (object.slice(member.valueStart, member.valueEnd) as JsonText)
}

/** The items of an array in order; none for any other value. */
export function readItems(array: JsonText): readonly JsonText[] {
  let at = skipSpace(array, 0)
  if (array.charCodeAt(at) !== 0x5b) return []
  const items: JsonText[] = []
  at = skipSpace(array, at + 1)
  while (at < array.length && array.charCodeAt(at) !== 0x5d) {
    const end = skipValue(array, at)
    items.push(array.slice(at, end) as JsonText)
    at = skipSpace(array, end)
    if (array.charCodeAt(at) !== COMMA) break
    at = skipSpace(array, at + 1)
  }
  return items
}

/**
 * Sets and removes members of an object by text splices: everything that is not named stays as it was written.
 * A set member keeps its place, a new one goes to the end; `undefined` removes. Every duplicate is changed.
 */
export function editMembers(object: JsonText, changes: Readonly<Record<string, JsonText | undefined>>): JsonText {
  const kept: string[] = []
  const placed = new Set<string>()
  for (const member of readMembers(object)) {
    if (!Object.hasOwn(changes, member.key)) {
      kept.push(object.slice(member.keyStart, member.valueEnd))
      continue
    }
    const value = changes[member.key]
    if (value === undefined || placed.has(member.key)) continue
    placed.add(member.key)
    kept.push(`${object.slice(member.keyStart, member.valueStart)}${value}`)
  }
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined && !placed.has(key)) kept.push(`${JSON.stringify(key)}:${value}`)
  }
  return `{${kept.join(',')}}` as JsonText
}
