import type { SseEvent } from '../../../src/dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { at, check, read } from './grammar-terms.ts'
import type { DialectGrid } from './grid.ts'

/** Throws unless the lines are one whole Ollama stream. */
export function checkOllamaGrammar(events: readonly SseEvent[]): void {
  const lines = events.map(read)
  for (const [index, line] of lines.entries()) {
    check((line['done'] === true) === (index === lines.length - 1), 'the last line, and no other, is done')
    check(typeof at(line, 'message')['content'] === 'string', 'every line has a content')
    for (const call of (at(line, 'message')['tool_calls'] ?? []) as readonly JsonObject[]) check(isJsonObject(at(call, 'function')['arguments']), 'arguments are an object')
  }
  check(typeof lines.at(-1)?.['done_reason'] === 'string', 'a reason at the end')
}

export const ollamaChatGrid: DialectGrid = {
  dialect: 'ollama-chat',
  hasClients: false,
  faithful: ['text', 'options', 'tool-loop', 'images', 'thinking', 'format'],
  checkGrammar: checkOllamaGrammar,
  isFinish: ({ data }) => data.includes('"done":true'),
}
