import type { JsonObject } from '../../lib/json.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf } from '../canonical/citation.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { writeAnnotation } from './annotations.ts'
import { isOnCall, writeCallSeal } from './call-seal.ts'
import { writeDetail } from './reasoning.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

type TextBlock = AnswerBlock & { readonly type: 'text' }

const textOf = (blocks: readonly TextBlock[]): string => blocks.map(({ text }) => text).join('')

function encodeCitations(texts: readonly TextBlock[], losses: AnswerLosses): readonly JsonObject[] {
  let offset = 0
  return texts.flatMap(({ text, citations = [] }) => {
    const written = citations.map((citation) => {
      losses.citedText(citation)
      return writeAnnotation(citation, rangeOf(citation, text), offset)
    })
    offset += text.length
    return written
  })
}

/** A seal that sat on a call is told there too: many clients keep nothing else of a thought. */
function encodeCalls(blocks: readonly AnswerBlock[], { seals, origin }: AnswerContext): readonly JsonObject[] {
  return blocks.flatMap((block, position) => {
    if (block.type !== 'tool-call') return []
    const { callId, name, argumentsText, isCustom } = block
    const before = blocks[position - 1]
    const seal = before?.type === 'reasoning' && before.seal !== undefined && isOnCall(before.seal) ? writeCallSeal(seals.wrap(before.seal, origin)) : {}
    const target = isCustom ? { type: 'custom', custom: { name, input: argumentsText } } : { type: 'function', function: { name, arguments: argumentsText.trim() === '' ? '{}' : argumentsText } }
    return [{ id: fitId(callId, 64), ...target, ...seal }]
  })
}

function encodeMessage({ blocks }: CanonicalAnswer, context: AnswerContext, losses: AnswerLosses): JsonObject {
  const { seals, origin } = context
  const said = blocks.filter((block) => block.type === 'text')
  const texts = said.filter(({ isRefusal }) => isRefusal !== true)
  const refusal = textOf(said.filter(({ isRefusal }) => isRefusal === true))
  const thoughts = blocks.filter((block) => block.type === 'reasoning')
  const seen = thoughts.map(({ text }) => text).join('')
  const details = thoughts.flatMap(({ text, seal, isRedacted }, index) => (seal === undefined ? [] : [writeDetail(text, seals.wrap(seal, origin), isRedacted, index)]))
  const annotations = encodeCitations(texts, losses)
  const calls = encodeCalls(blocks, context)
  return {
    role: 'assistant',
    content: texts.length === 0 && (calls.length > 0 || refusal !== '') ? null : textOf(texts),
    refusal: refusal === '' ? null : refusal,
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(seen === '' ? {} : { reasoning_content: seen }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

export const NO_SEARCH = 'the client’s dialect does not tell of searches; what was cited is told'

/** A whole completion. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  for (const block of answer.blocks) {
    if (block.type === 'native') losses.native(block)
    if (block.type === 'search') losses.dropped(block.search.path, NO_SEARCH)
  }
  const { messageId, model, createdAt = 0, finish, usage } = answer
  const message = encodeMessage(answer, context, losses)
  const value = {
    id: messageId,
    object: 'chat.completion',
    created: createdAt,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: encodeFinish(finish, losses, message['refusal'] !== null) }],
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  return { value, losses: losses.list }
}
