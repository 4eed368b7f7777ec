import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { ConversationMessage } from './conversation.ts'

const callsOf = (element: JsonObject): readonly JsonObject[] => {
  const calls = element['tool_calls']
  return Array.isArray(calls) ? calls.filter((call: JsonValue) => isJsonObject(call)) : []
}

/** Calls without results make providers refuse everything that follows, and so do results without calls. */
function joinCalls(elements: readonly JsonObject[], keepsCalls: boolean): readonly JsonObject[] {
  const answered = new Set(keepsCalls ? elements.filter(({ role }) => role === 'tool').map(({ tool_call_id: id }) => id) : [])
  const called = new Set<JsonValue | undefined>()
  return elements.flatMap((element): readonly JsonObject[] => {
    if (element['role'] === 'tool') return called.has(element['tool_call_id']) ? [element] : []
    const calls = callsOf(element)
    if (calls.length === 0) return [element]
    const { tool_calls: _calls, ...rest } = element
    const kept = calls.filter(({ id }) => answered.has(id))
    for (const { id } of kept) called.add(id)
    if (kept.length > 0) return [{ ...rest, tool_calls: kept }]
    const { content } = rest
    return content === null || content === undefined || content === '' ? [] : [rest]
  })
}

/** What was said so far, as Chat Completions has it. Calls are told only to a model that has tools: providers refuse them otherwise. */
export function writeHistory(messages: readonly ConversationMessage[], hasTools: boolean): readonly JsonObject[] {
  const elements = messages.flatMap(({ role, content, wire }): readonly JsonObject[] => {
    if (wire.length > 0) return wire
    return content === '' ? [] : [{ role, content }]
  })
  return joinCalls(elements, hasTools)
}
