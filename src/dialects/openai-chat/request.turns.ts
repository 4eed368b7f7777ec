import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readItems } from '../../lib/json-text.ts'
import type { DialectTurns } from '../turns.ts'
import { createChatFold } from './stream.fold.ts'

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

/** What only answers have: providers refuse it in a request. */
const OF_ANSWERS = new Set(['annotations', 'audio', 'refusal'])

export const chatTurns: DialectTurns = {
  conversation: 'messages',
  readConversation: (text) => (text === undefined ? [] : readItems(text)),
  createFold: createChatFold,
  replay({ choices }) {
    const [first] = listOf(choices)
    const message = first?.['message']
    if (!isJsonObject(message)) return []
    const kept = Object.entries(message).filter(([key, value]) => value !== null && value !== undefined && !OF_ANSWERS.has(key))
    return [{ role: 'assistant', content: message['content'] ?? null, ...Object.fromEntries(kept) }]
  },
  isModels: (element) => isJsonObject(element) && element['role'] === 'assistant',
  callIdsOf: (element) => (isJsonObject(element) ? listOf(element['tool_calls']).flatMap(({ id }) => (typeof id === 'string' ? [id] : [])) : []),
  tellsCalls: false,
  forbidCalls: { tool_choice: 'none' },
}
