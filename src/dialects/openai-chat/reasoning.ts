import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Where servers put the model's thinking as text. Some write it twice; the first that says something counts. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text', 'thinking', 'thought_process', 'internal_thoughts', 'chain_of_thought', 'rationale'] as const

/** Text, and the details that the model wants back as they are. */
export interface FoundReasoning {
  readonly field: string
  readonly text: string
  readonly details: readonly JsonObject[]
}

/** `reasoning` may be a string or an object with a summary. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return ''
  return [value['content'], value['text'], value['summary']].find((text): text is string => typeof text === 'string') ?? ''
}

/** `{"type":"thinking","thinking":[{"type":"text","text":"…"}]}`: Mistral writes its thinking as a part of the content. */
function thinkingParts(content: JsonValue | undefined): string {
  if (!Array.isArray(content)) return ''
  const said = (value: JsonValue | undefined): string => (Array.isArray(value) ? value.map((part: JsonValue) => textOf(part)).join('') : textOf(value))
  return content.map((part: JsonValue) => (isJsonObject(part) && part['type'] === 'thinking' ? said(part['thinking']) : '')).join('')
}

/** `[{"type":"thinking","thinking":"…","signature":"…"}]`: other gateways write Anthropic's blocks so. The signature is theirs. */
function blockText(value: JsonValue | undefined): string {
  const blocks: readonly JsonValue[] = Array.isArray(value) ? value : []
  return blocks.map((block) => (isJsonObject(block) ? textOf(block['thinking']) : '')).join('')
}

export function findReasoning(message: JsonObject): FoundReasoning | undefined {
  const raw = message['reasoning_details']
  const details = Array.isArray(raw) ? raw.filter((detail: JsonValue) => isJsonObject(detail)) : []
  for (const field of REASONING_FIELDS) {
    const text = textOf(message[field])
    if (text !== '') return { field, text, details }
  }
  const inContent = thinkingParts(message['content'])
  if (inContent !== '') return { field: 'content', text: inContent, details }
  const blocks = blockText(message['thinking_blocks'])
  if (blocks !== '') return { field: REASONING_FIELDS[0], text: blocks, details }
  const text = details.map((detail) => textOf(detail['text'] ?? detail['summary'])).join('')
  return text === '' && details.length === 0 ? undefined : { field: 'reasoning_details', text, details }
}

const PIECES = ['text', 'summary', 'data'] as const

/** Fragments of one detail, told by type and index, become one; what is said twice is said last. */
export function joinDetails(fragments: readonly JsonObject[]): readonly JsonObject[] {
  const joined = new Map<string, JsonObject>()
  for (const fragment of fragments) {
    const key = JSON.stringify([fragment['type'] ?? null, fragment['index'] ?? null])
    const before = joined.get(key)
    const pieces = PIECES.flatMap((piece) => {
      const [old, added] = [before?.[piece], fragment[piece]]
      return typeof old === 'string' && typeof added === 'string' ? [[piece, old + added] as const] : []
    })
    const said = Object.fromEntries(Object.entries(fragment).filter(([, value]) => value !== null && value !== undefined))
    joined.set(key, { ...before, ...said, ...Object.fromEntries(pieces) })
  }
  return [...joined.values()]
}

/**
 * A sealed thought for clients of this dialect, in the form that OpenRouter gave it and that clients return untouched:
 * `{"type":"reasoning.text","text":"…","signature":"…","index":0}`.
 */
export function writeDetail(text: string, seal: string, isRedacted: boolean, index: number): JsonObject {
  if (isRedacted) return { type: 'reasoning.encrypted', data: seal, format: 'trunkline', index }
  return { type: 'reasoning.text', text, signature: seal, format: 'trunkline', index }
}

/** How an assistant's message has to say its thought, when it goes back to the model that thought it. */
export type Replay = { readonly kind: 'field'; readonly field: string } | { readonly kind: 'details'; readonly details: JsonValue } | { readonly kind: 'tags' }

/** What the decoder noted as the seal of a thought: the field it stood in, or the details as they were. */
export function writeReplay(field: string, details: readonly JsonObject[]): string {
  return details.length > 0 ? JSON.stringify(joinDetails(details)) : field
}

/** Undefined for a payload that is none of this dialect's. */
export function readReplay(payload: string): Replay | undefined {
  if (payload === TAGS) return { kind: 'tags' }
  if (payload.startsWith('[')) return { kind: 'details', details: JSON.parse(payload) as JsonValue }
  const field = REASONING_FIELDS.find((known) => known === payload) ?? (payload === 'content' ? payload : undefined)
  return field === undefined ? undefined : { kind: 'field', field }
}

/** The seal of a thought that stood in the text between tags. */
export const TAGS = '<think>'
