import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** In place of a seal: the model showed its thought in the open and takes it back that way, as open-weight models do. */
export const PLAIN_REASONING = 'responses:reasoning_text'

/** What the same model thought when it was spoken to in Chat Completions: the name of a field or its details, and nothing that can be decrypted. */
const OF_CHAT = /^reasoning(?:_\w+)?$|^\[/

const textsOf = (value: JsonValue | undefined): readonly string[] =>
  (Array.isArray(value) ? value : []).flatMap((part: JsonValue) => (isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))

export interface ReadReasoning {
  readonly text: string
  /** Nothing can be seen, and nothing ever could. */
  readonly isRedacted: boolean
}

/** A thought in its parts is one text; a summary that is there but empty shows a thought that said nothing. */
export function readReasoning(item: JsonObject): ReadReasoning {
  const summary = textsOf(item['summary'])
  const texts = [...summary, ...textsOf(item['content'])]
  return { text: texts.filter((text) => text !== '').join('\n\n'), isRedacted: texts.length === 0 }
}

/** The item that a provider gets back, undefined for what it could not read. It has no id: what is not stored there cannot be found there. */
export function writeReasoningInput(text: string, seal: string): JsonObject | undefined {
  if (OF_CHAT.test(seal)) return undefined
  if (seal === PLAIN_REASONING) return { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text }] }
  return { type: 'reasoning', summary: text === '' ? [] : [{ type: 'summary_text', text }], encrypted_content: seal }
}
