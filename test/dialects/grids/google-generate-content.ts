import type { SseEvent } from '../../../src/dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { at, check, read, word } from './grammar-terms.ts'
import type { DialectGrid } from './grid.ts'

const KINDS = ['text', 'functionCall']

function checkPart(part: JsonValue): void {
  check(isJsonObject(part), 'a part is an object')
  if (!isJsonObject(part)) return
  check(KINDS.filter((kind) => part[kind] !== undefined).length === 1, `one kind of content in ${word(part)}`)
  const call = part['functionCall']
  if (call === undefined) return
  check(isJsonObject(call) && isJsonObject(call['args']) && typeof call['name'] === 'string', 'calls come whole, with their arguments as an object')
  check(part['thought'] === undefined, 'a call is no thought')
}

/** Throws unless the events are one whole Gemini stream. */
export function checkGeminiGrammar(events: readonly SseEvent[]): void {
  check(events.length > 0, 'at least one chunk')
  const chunks = events.map(read)
  check(new Set(chunks.map(({ responseId, modelVersion }) => JSON.stringify([responseId, modelVersion]))).size === 1, 'the same id and model on every chunk')
  for (const [index, chunk] of chunks.entries()) {
    check(events[index]?.event === undefined, 'events have no names')
    const candidates = chunk['candidates'] as readonly JsonObject[]
    check(candidates.length === 1, 'one candidate')
    const [candidate = {}] = candidates
    check(at(candidate, 'content')['role'] === 'model', 'the model says it')
    const parts = at(candidate, 'content')['parts'] as readonly JsonValue[]
    check(parts.length > 0, 'a chunk says something')
    for (const part of parts) checkPart(part)
    check((typeof candidate['finishReason'] === 'string') === (index === chunks.length - 1), 'the last chunk, and no other, has the finish')
  }
}

export const googleGenerateContentGrid: DialectGrid = {
  dialect: 'google-generate-content',
  hasClients: true,
  faithful: ['agent-turn', 'parallel-calls', 'calls-without-ids', 'structured-output', 'images', 'pdf', 'google-search', 'some-functions-validated', 'failed-result', 'result-with-picture', 'tool-choice-named', 'native-tools', 'sampling-and-stops', 'safety-and-labels', 'thought-parts', 'text-signature', 'cached-content', 'thinking-level'],
  checkGrammar: checkGeminiGrammar,
  isFinish: ({ data }) => /"finishReason":|"blockReason":/.test(data),
}
