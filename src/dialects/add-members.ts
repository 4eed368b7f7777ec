import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { editMembers, readMembers, toJsonText, type JsonText } from '../lib/json-text.ts'
import { appendMember, editBody, sliceText, type BodyEdit } from './json-edit.ts'
import { createJsonScanner, type MemberSpan } from './json-scan.ts'

/** Members for the top level of a request’s body. */
export interface AddedMembers {
  /** Only where the body has none of that name. */
  readonly parameters?: JsonObject | undefined
  /** In place of what the body has, each time it has it. */
  readonly overrides?: JsonObject | undefined
  /** Objects that hold the settings of their dialect, such as `generationConfig`: they are filled up member by member. */
  readonly filled?: readonly string[] | undefined
}

type Entry = readonly [string, JsonValue]

const entriesOf = (members: JsonObject): readonly Entry[] => Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)

const sliceMember = (pieces: readonly Uint8Array[], { valueStart, valueEnd }: MemberSpan): JsonText => sliceText(pieces, valueStart, valueEnd) as JsonText

/** A body is scanned at its top level only: deeper down it may be broken, which is for the provider to say. */
function fillUp(text: JsonText, value: JsonValue, isForced: boolean): JsonText | undefined {
  if (!isJsonObject(value) || !text.startsWith('{')) return undefined
  try {
    return fillObject(text, value, isForced)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

/** `{"temperature":1}` with `num_ctx` to add is `{"temperature":1,"num_ctx":8192}`. */
function fillObject(text: JsonText, value: JsonObject, isForced: boolean): JsonText {
  const present = new Set(readMembers(text).map(({ key }) => key))
  const wanted = entriesOf(value).filter(([key]) => isForced || !present.has(key))
  return wanted.length === 0 ? text : editMembers(text, Object.fromEntries(wanted.map(([key, inner]) => [key, toJsonText(inner)])))
}

/** Sets members of a body as listed text edits; everything else stays as it was written. */
export function addMembers(pieces: readonly Uint8Array[], { parameters = {}, overrides = {}, filled = [] }: AddedMembers): readonly Uint8Array[] {
  const forced = entriesOf(overrides)
  const wanted = entriesOf(parameters)
  if (wanted.length === 0 && forced.length === 0) return pieces
  const scanner = createJsonScanner()
  for (const piece of pieces) scanner.push(piece)
  const scan = scanner.end()
  const texts = new Map<string, JsonText>()
  const set = (list: readonly Entry[], isForced: boolean): void => {
    for (const [key, value] of list) {
      const member = scan.members.findLast((each) => each.key === key)
      const text = texts.get(key) ?? (member && sliceMember(pieces, member))
      const merged = text !== undefined && filled.includes(key) ? fillUp(text, value, isForced) : undefined
      if (merged !== undefined) texts.set(key, merged)
      else if (text === undefined || isForced) texts.set(key, toJsonText(value))
    }
  }
  set(wanted, false)
  set(forced, true)
  const present = new Set(scan.members.map(({ key }) => key))
  const edits = scan.members.flatMap(({ key, valueStart, valueEnd }): readonly BodyEdit[] => {
    const text = texts.get(key)
    return text === undefined ? [] : [{ pointer: `/${key}`, start: valueStart, end: valueEnd, text }]
  })
  const added = [...texts].filter(([key]) => !present.has(key)).map(([key, text]) => `${JSON.stringify(key)}:${text}`)
  if (added.length === 0) return editBody(pieces, edits)
  const { start } = appendMember(scan, 'parameters', null)
  const lead = scan.members.length > 0 ? ',' : ''
  return editBody(pieces, [...edits, { pointer: '/', start, end: start, text: `${lead}${added.join(',')}` }])
}
