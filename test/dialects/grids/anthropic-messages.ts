import type { SseEvent } from '../../../src/dialects/index.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { at, check, read, word } from './grammar-terms.ts'
import type { DialectGrid } from './grid.ts'

const FITTING: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  redacted_thinking: [],
  server_tool_use: ['input_json_delta'],
  web_search_tool_result: [],
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

export const anthropicMessagesGrid: DialectGrid = {
  dialect: 'anthropic-messages',
  hasClients: true,
  quirks: { hasServerTools: true },
  faithful: ['results-in-another-order', 'image-in-tool-result', 'deferred-tools', 'tool-choice-any-serial', 'documents', 'structured-output', 'thinking-from-elsewhere', 'seal-only-thinking', 'search-result', 'server-tool-history', 'unknown-fields'],
  checkGrammar: checkMessagesGrammar,
  isFinish: ({ data }) => data.includes('message_stop'),
}
