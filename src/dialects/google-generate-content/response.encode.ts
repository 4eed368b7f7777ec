import type { JsonObject } from '../../lib/json.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { PartWriter } from './response.parts.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/** A block as the stream of it would be. */
function streamOf(block: AnswerBlock, index: number): readonly StreamPart[] {
  const end = { type: 'block-end', index } as const
  switch (block.type) {
    case 'text':
      return [{ type: 'text-start', index }, { type: 'text-delta', index, text: block.text }, ...(block.citations ?? []).map((citation) => ({ type: 'citation' as const, index, citation })), end]
    case 'reasoning': {
      const seal = block.seal === undefined ? [] : [{ type: 'reasoning-seal' as const, index, seal: block.seal }]
      return [{ type: 'reasoning-start', index, ...(block.isRedacted ? { isRedacted: true as const } : {}) }, { type: 'reasoning-delta', index, text: block.text }, ...seal, end]
    }
    case 'tool-call':
      return [{ type: 'tool-call-start', index, callId: block.callId, name: block.name, ...(block.path === undefined ? {} : { path: block.path }) }, { type: 'tool-call-delta', index, argumentsText: block.argumentsText }, end]
    case 'search':
      return [{ type: 'search', index, search: block.search }]
    case 'hosted-call':
      return []
    case 'native':
      return [block]
  }
}

/** A whole answer of one candidate. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  const writer = new PartWriter(context, losses)
  const parts = [...answer.blocks.flatMap(streamOf).flatMap((part) => writer.push(part)), ...writer.end(answer.finish)]
  const { messageId, model, finish, usage } = answer
  const value = {
    candidates: [{ content: { role: 'model', ...(parts.length > 0 ? { parts } : {}) }, ...encodeFinish(finish, losses), index: 0, ...writer.writeGrounding() }],
    ...(usage ? { usageMetadata: encodeUsage(usage, losses) } : {}),
    modelVersion: model,
    responseId: messageId,
  }
  return { value, losses: losses.list }
}
