import type { JsonObject } from '../../lib/json.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses, nameNative } from '../canonical/answer-losses.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { writeDetail } from './reasoning.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

function encodeMessage({ blocks }: CanonicalAnswer, { seals, origin }: AnswerContext): JsonObject {
  const texts = blocks.filter((block) => block.type === 'text').map(({ text }) => text)
  const thoughts = blocks.filter((block) => block.type === 'reasoning')
  const seen = thoughts.map(({ text }) => text).join('')
  const details = thoughts.flatMap(({ text, seal, isRedacted }, index) => (seal === undefined ? [] : [writeDetail(text, seals.wrap(seal, origin), isRedacted, index)]))
  const calls = blocks.filter((block) => block.type === 'tool-call').map(({ callId, name, argumentsText, isCustom }) => ({
    id: fitId(callId, 64),
    ...(isCustom ? { type: 'custom', custom: { name, input: argumentsText } } : { type: 'function', function: { name, arguments: argumentsText.trim() === '' ? '{}' : argumentsText } }),
  }))
  return {
    role: 'assistant',
    content: texts.length === 0 && calls.length > 0 ? null : texts.join(''),
    refusal: null,
    ...(seen === '' ? {} : { reasoning_content: seen }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

/** A whole completion. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  for (const block of answer.blocks) if (block.type === 'native') losses.dropped(nameNative(block.value), 'the client’s dialect has no such block')
  const { messageId, model, createdAt = 0, finish, usage } = answer
  const value = {
    id: messageId,
    object: 'chat.completion',
    created: createdAt,
    model,
    choices: [{ index: 0, message: encodeMessage(answer, context), logprobs: null, finish_reason: encodeFinish(finish) }],
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  return { value, losses: losses.list }
}
