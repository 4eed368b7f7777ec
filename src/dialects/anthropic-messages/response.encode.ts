import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/** Half a JSON text that `max_tokens` cut is told as it is: there is no object to give. */
function readInput(text: string): JsonObject {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return { _raw: text }
  }
  return isJsonObject(value) ? value : { _raw: text }
}

function encodeBlock(block: AnswerBlock, { seals, origin }: AnswerContext): readonly JsonObject[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text, citations: null }]
    case 'reasoning': {
      const signature = block.seal === undefined ? '' : seals.wrap(block.seal, origin)
      return [block.isRedacted ? { type: 'redacted_thinking', data: signature } : { type: 'thinking', thinking: block.text, signature }]
    }
    case 'tool-call':
      return [{ type: 'tool_use', id: fitId(block.callId, 64), name: block.name, input: readInput(block.argumentsText) }]
    default:
      return []
  }
}

/** A whole message. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): JsonObject {
  const { messageId, model, blocks, finish, usage } = answer
  return {
    id: messageId,
    type: 'message',
    role: 'assistant',
    model,
    content: blocks.flatMap((block) => encodeBlock(block, context)),
    ...encodeFinish(finish),
    usage: usage ? encodeUsage(usage) : { input_tokens: context.estimatedInputTokens, output_tokens: 0 },
  }
}
