import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { loseFinish } from '../canonical/lose-finish.ts'
import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = {
  end_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  stop_sequence: 'stop-sequence',
  refusal: 'content-filter',
  pause_turn: 'pause',
  model_context_window_exceeded: 'context-window',
}

export function decodeFinish(raw: string | undefined, stopSequence?: string): FinishReason {
  return { unified: UNIFIED[raw ?? ''] ?? 'other', raw, ...(stopSequence === undefined ? {} : { stopSequence }) }
}

const KNOWN_DETAILS = new Set(['type', 'explanation', 'category'])

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** `{"stop_details":{"type":"refusal","category":"cyber","explanation":"…"}}`: the category is told where there are no words. */
function readExplanation({ stop_details: details }: JsonObject, losses: AnswerLosses): FinishReason['explanation'] {
  if (!isJsonObject(details)) return undefined
  losses.unread(details, KNOWN_DETAILS, '/stop_details')
  const [text, category] = [asText(details['explanation']), asText(details['category'])]
  if (text === '') return category === '' ? undefined : { text: category, path: '/stop_details/category' }
  if (category !== '') losses.dropped('/stop_details/category', 'other dialects have no categories of refusals')
  return { text, path: '/stop_details/explanation' }
}

/** How a message ended, from its members or those of its last events. */
export function readFinish(message: JsonObject, losses: AnswerLosses): FinishReason {
  const finish = decodeFinish(asText(message['stop_reason']), asText(message['stop_sequence']) || undefined)
  const explanation = readExplanation(message, losses)
  return { ...finish, path: '/stop_reason', sequencePath: '/stop_sequence', ...(explanation ? { explanation } : {}) }
}

const WORDS: Readonly<Record<FinishReason['unified'], string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
}

const TERMS = { words: new Set(['stop', 'stop-sequence', 'length', 'context-window', 'tool-calls', 'content-filter', 'pause'] as const), tellsSequence: true, explains: true } as const

/** Never null: clients take a message without a reason for one that broke off. */
export function encodeFinish(finish: FinishReason, losses: AnswerLosses): JsonObject {
  const { unified, stopSequence, explanation } = finish
  loseFinish(finish, losses, TERMS)
  const details = unified === 'content-filter' && explanation ? { stop_details: { type: 'refusal', category: null, explanation: explanation.text } } : {}
  return { stop_reason: WORDS[unified], stop_sequence: unified === 'stop-sequence' ? (stopSequence ?? null) : null, ...details }
}
