import type { JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'

type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export type ItemKind = 'message' | 'reasoning' | 'call' | 'custom-call' | 'search' | 'hosted-call' | 'approval'

const PREFIXES: Readonly<Record<ItemKind, string>> = { message: 'msg', reasoning: 'rs', call: 'fc', 'custom-call': 'ctc', search: 'ws', 'hosted-call': 'mcp', approval: 'mcpr' }

/** Always the same for the same answer: `fc_4f1c_2`. */
export function itemId(kind: ItemKind, responseId: string, outputIndex: number): string {
  return `${PREFIXES[kind]}_${responseId.replace(/^resp_/, '')}_${outputIndex}`
}

/** `resp_…`, from whatever the provider called its answer. */
export function responseIdFor(messageId: string): string {
  return messageId.startsWith('resp_') ? messageId : `resp_${messageId === '' ? 'unnamed' : fitId(messageId, 48)}`
}

/** What a message says, and what it rests on. */
export interface WrittenText {
  readonly text: string
  readonly isRefusal: boolean
  readonly annotations: readonly JsonObject[]
}

export const writeTextPart = ({ text, isRefusal, annotations }: WrittenText): JsonObject => (isRefusal ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [...annotations], logprobs: [] })

export const writeSummaryPart = (text: string): JsonObject => ({ type: 'summary_text', text })

export function writeMessage(id: string, said: WrittenText | undefined, status: ItemStatus): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content: said === undefined ? [] : [writeTextPart(said)] }
}

/**
 * A thought. `seal` is an envelope, and `summary` undefined for a redacted thought: its empty list is what tells it from one
 * that only shows nothing when it comes back.
 */
export function writeReasoning(id: string, summary: string | undefined, seal: string | undefined): JsonObject {
  return { id, type: 'reasoning', summary: summary === undefined ? [] : [writeSummaryPart(summary)], ...(seal === undefined ? {} : { encrypted_content: seal }) }
}

export interface WrittenCall {
  readonly callId: string
  readonly name: string
  readonly namespace?: string
  readonly isCustom?: true
}

const MAX_CALL_ID = 64

/** A call without arguments has empty ones, no text at all would be no JSON; free text is as it is, and so is half a JSON text. */
export function writeArguments(text: string, { isCustom }: WrittenCall, status: ItemStatus): string {
  return isCustom !== true && status === 'completed' && text.trim() === '' ? '{}' : text
}

export function writeCall(id: string, call: WrittenCall, text: string, status: ItemStatus): JsonObject {
  const common = { id, status, call_id: fitId(call.callId, MAX_CALL_ID), name: call.name, ...(call.namespace === undefined ? {} : { namespace: call.namespace }) }
  const written = writeArguments(text, call, status)
  return call.isCustom === true ? { type: 'custom_tool_call', ...common, input: written } : { type: 'function_call', ...common, arguments: written }
}
