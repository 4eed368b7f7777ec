import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readItems } from '../../lib/json-text.ts'
import type { DialectTurns } from '../turns.ts'
import { untellHostedCalls } from './request.hosted-calls.ts'
import { readToolServers } from './request.tool-servers.ts'
import { createMessagesFold } from './stream.fold.ts'

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

/** A text of an answer says `"citations":null`, which a request may not. */
function asInput(block: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(block).filter(([key, value]) => value !== null || key !== 'citations'))
}

export const messagesTurns: DialectTurns = {
  conversation: 'messages',
  grouped: 'content',
  readConversation: (text) => (text === undefined ? [] : readItems(text)),
  createFold: createMessagesFold,
  replay: ({ content }) => [{ role: 'assistant', content: listOf(content).map(asInput) }],
  isModels: (element) => isJsonObject(element) && element['role'] === 'assistant',
  callIdsOf: (element) =>
    isJsonObject(element) ? listOf(element['content']).flatMap(({ type, id }) => ((type === 'tool_use' || type === 'mcp_tool_use') && typeof id === 'string' ? [id] : [])) : [],
  tellsCalls: true,
  untell: untellHostedCalls,
  forbidCalls: { tool_choice: { type: 'none' } },
  readToolServers,
}
