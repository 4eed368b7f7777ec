import type { JsonObject } from '../../lib/json.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses, nameNative } from '../canonical/answer-losses.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { writeResponse } from './response.body.ts'
import { itemId, responseIdFor, writeCall, writeMessage, writeReasoning } from './response.items.ts'
import { encodeFinish } from './stop-reason.ts'

interface Place {
  readonly responseId: string
  readonly outputIndex: number
  readonly status: 'completed' | 'incomplete'
}

function encodeBlock(block: AnswerBlock, { responseId, outputIndex, status }: Place, { seals, origin }: AnswerContext): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return block.text === '' ? undefined : writeMessage(itemId('message', responseId, outputIndex), block.text, status)
    case 'reasoning': {
      const seal = block.seal === undefined ? undefined : seals.wrap(block.seal, origin, block.isRedacted ? undefined : block.text)
      if (seal === undefined && block.text === '') return undefined
      return writeReasoning(itemId('reasoning', responseId, outputIndex), block.isRedacted ? undefined : block.text, seal)
    }
    case 'tool-call':
      return writeCall(itemId(block.isCustom === true ? 'custom-call' : 'call', responseId, outputIndex), block, block.argumentsText, status)
    default:
      return undefined
  }
}

/** A whole response. Only its last item can be cut by a limit. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  const { messageId, model, blocks, finish, usage } = answer
  const { echo = {} } = context
  const createdAt = answer.createdAt ?? (typeof echo['created_at'] === 'number' ? echo['created_at'] : 0)
  const responseId = typeof echo['id'] === 'string' ? echo['id'] : responseIdFor(messageId)
  const { status, reason } = encodeFinish(finish)
  const output: JsonObject[] = []
  for (const [index, block] of blocks.entries()) {
    if (block.type === 'native') losses.dropped(nameNative(block.value), 'the client’s dialect has no such block')
    const place = { responseId, outputIndex: output.length, status: index === blocks.length - 1 ? status : ('completed' as const) }
    const item = encodeBlock(block, place, context)
    if (item) output.push(item)
  }
  const value = writeResponse({ id: responseId, model, createdAt, status, reason, output, usage, echo })
  return { value, losses: losses.list }
}
