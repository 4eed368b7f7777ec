import type { JsonObject } from '../../lib/json.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import { writeDetail } from './reasoning.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

function encodeMessage({ blocks }: CanonicalAnswer, { seals, origin }: AnswerContext): JsonObject {
  const texts = blocks.filter((block) => block.type === 'text').map(({ text }) => text)
  const thoughts = blocks.filter((block) => block.type === 'reasoning')
  const seen = thoughts.map(({ text }) => text).join('')
  const details = thoughts.flatMap(({ text, seal, isRedacted }, index) => (seal === undefined ? [] : [writeDetail(text, seals.wrap(seal, origin), isRedacted, index)]))
  const calls = blocks.filter((block) => block.type === 'tool-call').map(({ callId, name, argumentsText }) => ({
    id: fitId(callId, 64),
    type: 'function',
    function: { name, arguments: argumentsText.trim() === '' ? '{}' : argumentsText },
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
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): JsonObject {
  const { messageId, model, createdAt = 0, finish, usage } = answer
  return {
    id: messageId,
    object: 'chat.completion',
    created: createdAt,
    model,
    choices: [{ index: 0, message: encodeMessage(answer, context), logprobs: null, finish_reason: encodeFinish(finish) }],
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
}
