import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { ChatEvent, ChatQuestion } from './chat-event.ts'
import { tellConversation, tellMessage, tellStep } from './told-conversation.ts'

/** Every event has a name for its kind. */
export type ToldEvent = JsonObject & { readonly type: string }

/** `{"progressToken":1,"progress":2}`: the token is between the server and the gateway. */
function progressOf(text: string): JsonObject {
  const value = parseExact(text)
  const { progressToken: _token, ...rest } = isJsonObject(value) ? value : {}
  return rest
}

function tellCall(event: Extract<ChatEvent, { readonly call: unknown }>): ToldEvent {
  const { callId, server, tool, argumentsText } = event.call
  const base = { type: 'tool_execution', call_id: callId, server, tool }
  if (event.kind === 'tool-started') return { ...base, status: 'start', arguments: argumentsText }
  if (event.kind === 'tool-progress') return { ...base, status: 'progress', progress: progressOf(event.progress) }
  return { ...base, status: 'result', ...tellStep({ callId, server, tool, argumentsText, result: event.outcome }) }
}

/** A question, also for those who were not there when it was asked. */
export function tellQuestion(question: ChatQuestion): ToldEvent {
  const { id, expiresAt, call } = question
  const base = { id, call_id: call.callId, server: call.server, tool: call.tool, expires_at: expiresAt.toISOString() }
  if (question.kind === 'elicitation') return { type: 'elicitation', ...base, params: question.params }
  return { type: 'approval_request', ...base, arguments: call.argumentsText, destructive: call.isDestructive }
}

/** An event as clients are told of it: one form for the WebSocket and for REST. */
export function tellEvent(event: ChatEvent): ToldEvent {
  switch (event.kind) {
    case 'user-message':
      return { type: 'user_message', ...(event.clientId === undefined ? {} : { request_id: event.clientId }), ...tellMessage(event.message) }
    case 'delta': {
      const { message, content, thinking } = event
      return { type: 'assistant_delta', id: message, ...(content === undefined ? {} : { content }), ...(thinking === undefined ? {} : { thinking }) }
    }
    case 'answer-ended':
      return { type: 'assistant_message', ...tellMessage(event.message) }
    case 'tool-started':
    case 'tool-progress':
    case 'tool-ended':
      return tellCall(event)
    case 'question':
      return tellQuestion(event.question)
    case 'question-closed':
      return { type: 'question_closed', id: event.id }
    case 'cleared':
      return { type: 'session_cleared' }
    case 'changed':
      return { type: 'session_changed', session: tellConversation(event.conversation) }
    case 'deleted':
      return { type: 'session_deleted', session_id: event.id }
    case 'failed':
      return { type: 'error', code: event.error.code, message: event.error.message }
  }
}
