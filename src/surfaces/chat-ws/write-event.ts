import { tellEvent, type ChatEvent, type PlacedEvent } from '../../core/conversations/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import { writeChatError } from './chat-error.ts'

/** How much is told of tool calls: everything, names and outcomes, or nothing. */
export type ToolNotifications = 'detailed' | 'simple' | 'none'

function write(event: ChatEvent, format: ToolNotifications): JsonObject | undefined {
  if (event.kind === 'failed') return { ...writeChatError(event.error) }
  const message = tellEvent(event)
  if (!('call' in event) || format === 'detailed') return message
  if (format === 'none' || event.kind === 'tool-progress') return undefined
  const { callId, server, tool } = event.call
  const base = { type: 'tool_execution', call_id: callId, server, tool }
  return event.kind === 'tool-started' ? { ...base, status: 'start' } : { ...base, status: 'result', is_error: event.outcome.isError }
}

/** An event as a message; undefined for one that is not told. */
export function writeEvent({ place, event }: PlacedEvent, format: ToolNotifications): JsonObject | undefined {
  const message = write(event, format)
  return message === undefined || event.kind === 'deleted' ? message : { seq: place, ...message }
}
