import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses, nameNative } from '../canonical/answer-losses.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { completeCall, completeMessage } from './response.version.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

function readInput(text: string): JsonObject | undefined {
  if (text.trim() === '') return {}
  try {
    const value: unknown = parseExact(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Half a JSON text that `max_tokens` cut is told as it is: there is no object to give. */
function tellRaw(losses: AnswerLosses, name: string, text: string): JsonObject {
  losses.approximated(`/content/tool_call/${name}`, 'arguments that are no JSON object are told as text in `_raw`')
  return { _raw: text }
}

function encodeBlock(block: AnswerBlock, context: AnswerContext, losses: AnswerLosses): readonly JsonObject[] {
  const { seals, origin } = context
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text, citations: null }]
    case 'reasoning': {
      const signature = block.seal === undefined ? '' : seals.wrap(block.seal, origin)
      return [block.isRedacted ? { type: 'redacted_thinking', data: signature } : { type: 'thinking', thinking: block.text, signature }]
    }
    case 'tool-call':
      return [completeCall(context, { type: 'tool_use', id: fitId(block.callId, 64), name: block.name, input: readInput(block.argumentsText) ?? tellRaw(losses, block.name, block.argumentsText) })]
    default:
      losses.dropped(nameNative(block.value), 'the client’s dialect has no such block')
      return []
  }
}

/** A whole message. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  const { messageId, model, blocks, finish, usage } = answer
  const value = completeMessage(context, {
    id: messageId,
    type: 'message',
    role: 'assistant',
    model,
    content: blocks.flatMap((block) => encodeBlock(block, context, losses)),
    ...encodeFinish(finish),
    usage: usage ? encodeUsage(usage) : { input_tokens: context.estimatedInputTokens, output_tokens: 0 },
  })
  return { value, losses: losses.list }
}
