import type { SseEvent } from '../../src/dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'

const FITTING: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  redacted_thinking: [],
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not a legal stream: ${what}.`)
}

const word = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

function read({ data }: SseEvent): JsonObject {
  const value: unknown = JSON.parse(data)
  if (!isJsonObject(value)) throw new Error(`no object: ${data}`)
  return value
}

const at = (value: JsonObject, key: string): JsonObject => {
  const inner = value[key]
  return isJsonObject(inner) ? inner : {}
}

/** Throws unless the events are one whole Anthropic stream. */
export function checkMessagesGrammar(events: readonly SseEvent[]): void {
  let state: 'start' | 'between' | 'in-block' | 'stopping' | 'done' = 'start'
  let count = 0
  let block: JsonObject = {}
  let signatures = 0
  for (const event of events) {
    const value = read(event)
    const type = word(value['type'])
    check(event.event === type, `event name ${event.event} of a ${type}`)
    switch (type) {
      case 'message_start':
        check(state === 'start', 'message_start comes first and once')
        check(typeof at(at(value, 'message'), 'usage')['input_tokens'] === 'number', 'message_start has usage')
        state = 'between'
        break
      case 'content_block_start':
        check(state === 'between' && value['index'] === count, `block ${word(value['index'])} starts after ${count} blocks, ${state}`)
        block = at(value, 'content_block')
        check(Object.hasOwn(FITTING, word(block['type'])), `block type ${word(block['type'])}`)
        signatures = 0
        state = 'in-block'
        break
      case 'content_block_delta': {
        check(state === 'in-block' && value['index'] === count, 'a delta is for the open block')
        const delta = word(at(value, 'delta')['type'])
        check(FITTING[word(block['type'])]?.includes(delta) === true, `${delta} in a ${word(block['type'])}`)
        check(signatures === 0, 'nothing follows a signature')
        if (delta === 'signature_delta') signatures++
        break
      }
      case 'content_block_stop':
        check(state === 'in-block' && value['index'] === count++, 'the open block stops')
        check(block['type'] !== 'thinking' || signatures === 1, 'a thought has one signature')
        state = 'between'
        break
      case 'message_delta':
        check(state === 'between', 'message_delta follows the blocks')
        check(typeof at(value, 'delta')['stop_reason'] === 'string', 'a stop reason')
        check(typeof at(value, 'usage')['output_tokens'] === 'number', 'usage at the end')
        state = 'stopping'
        break
      case 'message_stop':
        check(state === 'stopping', 'message_stop follows message_delta')
        state = 'done'
        break
      default:
        check(false, `unknown event ${type}`)
    }
  }
  check(state === 'done', `the end is missing (${state})`)
}

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
