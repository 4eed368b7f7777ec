import type { SseEvent } from '../../../src/dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { at, check, read, word } from './grammar-terms.ts'
import type { DialectGrid } from './grid.ts'

/** Throws unless the events are one whole Chat Completions stream. */
export function checkChatGrammar(events: readonly SseEvent[]): void {
  check(events.at(-1)?.data === '[DONE]', '[DONE] ends it')
  const chunks = events.slice(0, -1).map(read)
  const heads = new Set(chunks.map(({ id, model, created, object }) => JSON.stringify([id, model, created, object])))
  check(heads.size <= 1, 'the same id, model and time on every chunk')
  let finishes = 0
  let hasUsage = false
  const calls = new Map<number, string>()
  for (const [index, chunk] of chunks.entries()) {
    check(!hasUsage, 'nothing follows the usage')
    const choices = chunk['choices'] as readonly JsonObject[]
    if (choices.length === 0) {
      check(isJsonObject(chunk['usage']) && finishes === 1, 'the usage chunk follows the finish')
      hasUsage = true
      continue
    }
    const [choice = {}] = choices
    const delta = at(choice, 'delta')
    check(finishes === 0, 'nothing follows the finish')
    check((delta['role'] === 'assistant') === (index === 0), 'the role comes first and once')
    if (typeof choice['finish_reason'] === 'string') finishes++
    for (const call of (delta['tool_calls'] ?? []) as readonly JsonObject[]) {
      const number = Number(call['index'])
      const target = at(call, 'function')
      const isFirst = !calls.has(number)
      check(isFirst ? number === calls.size : true, 'calls are numbered densely')
      check(isFirst === (typeof call['id'] === 'string' && typeof target['name'] === 'string' && call['type'] === 'function'), 'id, type and name in the first fragment only')
      calls.set(number, (calls.get(number) ?? '') + word(target['arguments'] ?? ''))
    }
  }
  check(finishes === 1, 'one finish')
  check([...calls.values()].every((text) => text !== ''), 'no call has empty arguments')
}

export const openaiChatGrid: DialectGrid = {
  dialect: 'openai-chat',
  hasClients: true,
  faithful: ['images', 'image-address', 'json-object', 'json-schema', 'serial-tools'],
  checkGrammar: checkChatGrammar,
  isFinish: ({ data }) => /"finish_reason": ?"/.test(data),
}
