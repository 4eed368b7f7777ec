import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Where servers put the model's thinking. Some write it twice; the first that says something counts. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text'] as const

export interface FoundReasoning {
  readonly field: string
  readonly text: string
}

/** `reasoning` may be a string or an object with a summary. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return ''
  return [value['content'], value['text'], value['summary']].find((text): text is string => typeof text === 'string') ?? ''
}

function detailsText(details: JsonValue | undefined): string {
  if (!Array.isArray(details)) return ''
  return details.map((detail: JsonValue) => (isJsonObject(detail) ? textOf(detail['text'] ?? detail['summary']) : '')).join('')
}

export function findReasoning(message: JsonObject): FoundReasoning | undefined {
  for (const field of REASONING_FIELDS) {
    const text = textOf(message[field])
    if (text !== '') return { field, text }
  }
  const text = detailsText(message['reasoning_details'])
  return text === '' ? undefined : { field: 'reasoning_details', text }
}

/**
 * A sealed thought for clients of this dialect, in the form that OpenRouter gave it and that clients return untouched:
 * `{"type":"reasoning.text","text":"…","signature":"…","index":0}`.
 */
export function writeDetail(text: string, seal: string, isRedacted: boolean, index: number): JsonObject {
  if (isRedacted) return { type: 'reasoning.encrypted', data: seal, format: 'trunkline', index }
  return { type: 'reasoning.text', text, signature: seal, format: 'trunkline', index }
}
