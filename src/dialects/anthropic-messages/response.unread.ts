import type { JsonObject } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'

const KNOWN_MESSAGE = new Set(['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'stop_details', 'usage'])
const KNOWN_USAGE = new Set([
  'input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation', 'cache_creation/ephemeral_5m_input_tokens',
  'output_tokens_details', 'output_tokens_details/thinking_tokens', 'server_tool_use',
])
const KNOWN_MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['type', 'text', 'citations']),
  thinking: new Set(['type', 'thinking', 'signature']),
  redacted_thinking: new Set(['type', 'data']),
  tool_use: new Set(['type', 'id', 'name', 'input']),
  server_tool_use: new Set(['type', 'id', 'name', 'input', 'caller']),
  text_delta: new Set(['type', 'text']),
  thinking_delta: new Set(['type', 'thinking']),
  signature_delta: new Set(['type', 'signature']),
  input_json_delta: new Set(['type', 'partial_json']),
  citations_delta: new Set(['type', 'citation']),
}

/** Names what a message, at its start or at its end, has beyond what is read of it. */
export function noteMessage(losses: AnswerLosses, message: JsonObject): void {
  losses.unread(message, KNOWN_MESSAGE, '')
}

/** The same for a report of usage. A part of what was written to the cache that is billed otherwise is such. */
export function noteUsage(losses: AnswerLosses, usage: JsonObject): void {
  losses.uncounted(usage, KNOWN_USAGE, '/usage')
}

/** The same for a block or a delta; of a type that nobody knows it is carried or named as a whole. */
export function noteBlock(losses: AnswerLosses, block: JsonObject, path: string): void {
  const known = KNOWN_MEMBERS[typeof block['type'] === 'string' ? block['type'] : '']
  if (known) losses.unread(block, known, path)
}
