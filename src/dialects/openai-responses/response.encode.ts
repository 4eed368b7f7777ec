import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf } from '../canonical/citation.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { writeResponse } from './response.body.ts'
import { itemId, responseIdFor, writeCall, writeMessage, writeReasoning } from './response.items.ts'
import { writeHostedCall } from './response.hosted-call.ts'
import { loseOfSearch, writeAnnotation, writeSearch } from './response.search.ts'
import { encodeFinish } from './stop-reason.ts'

interface Place {
  readonly responseId: string
  readonly outputIndex: number
  readonly status: 'completed' | 'incomplete'
}

function encodeText({ text, citations = [], isRefusal }: AnswerBlock & { readonly type: 'text' }, { responseId, outputIndex, status }: Place, losses: AnswerLosses): JsonObject {
  for (const citation of citations) losses.citedText(citation)
  const annotations = citations.map((citation) => writeAnnotation(citation, rangeOf(citation, text)))
  return writeMessage(itemId('message', responseId, outputIndex), { text, isRefusal: isRefusal === true, annotations }, status)
}

function encodeBlock(block: AnswerBlock, place: Place, { seals, origin, keepsNative }: AnswerContext, losses: AnswerLosses): JsonObject | undefined {
  const { responseId, outputIndex, status } = place
  switch (block.type) {
    case 'text':
      return block.text === '' ? undefined : encodeText(block, place, losses)
    case 'reasoning': {
      const seal = block.seal === undefined ? undefined : seals.wrap(block.seal, origin, block.isRedacted ? undefined : block.text)
      if (seal === undefined && block.text === '') return undefined
      return writeReasoning(itemId('reasoning', responseId, outputIndex), block.isRedacted ? undefined : block.text, seal)
    }
    case 'tool-call':
      return writeCall(itemId(block.isCustom === true ? 'custom-call' : 'call', responseId, outputIndex), block, block.argumentsText, status)
    case 'search':
      loseOfSearch(block.search, losses)
      return writeSearch(itemId('search', responseId, outputIndex), block.search, true)
    case 'hosted-call':
      return writeHostedCall(block.call)
    default:
      if (keepsNative === true && isJsonObject(block.value)) return block.value
      losses.native(block)
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
  const { status, reason } = encodeFinish(finish, losses, blocks.some((block) => block.type === 'text' && block.isRefusal === true))
  const output: JsonObject[] = []
  for (const [index, block] of blocks.entries()) {
    const place = { responseId, outputIndex: output.length, status: index === blocks.length - 1 ? status : ('completed' as const) }
    const item = encodeBlock(block, place, context, losses)
    if (item) output.push(item)
  }
  const value = writeResponse({ id: responseId, model, createdAt, status, reason, output, usage, echo })
  return { value, losses: losses.list }
}
