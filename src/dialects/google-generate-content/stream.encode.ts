import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { PartWriter } from './response.parts.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/** Chunks that are each a whole answer so far as they go; the last one says why the model stopped. */
class GeminiStreamEncoder implements StreamEncoder {
  readonly #losses = new AnswerLosses()
  readonly #writer: PartWriter
  #identity: JsonObject = {}
  #usage: Usage | undefined

  constructor(context: AnswerContext) {
    this.#writer = new PartWriter(context, this.#losses)
  }

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  push(part: StreamPart): string {
    switch (part.type) {
      case 'message-start':
        this.#identity = { modelVersion: part.model, responseId: part.messageId }
        return ''
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'message-end':
        return this.#end(part.finish)
      default: {
        const parts = this.#writer.push(part)
        return parts.length === 0 ? '' : this.#write({ content: { parts, role: 'model' }, index: 0 })
      }
    }
  }

  #end(finish: FinishReason): string {
    const parts = this.#writer.end(finish)
    return this.#write({ content: { parts: parts.length > 0 ? parts : [{ text: '' }], role: 'model' }, ...encodeFinish(finish, this.#losses), index: 0, ...this.#writer.writeGrounding() })
  }

  #write(candidate: JsonObject): string {
    const usage = this.#usage ? { usageMetadata: encodeUsage(this.#usage, this.#losses) } : {}
    return `data: ${JSON.stringify({ candidates: [candidate], ...usage, ...this.#identity })}\r\n\r\n`
  }
}

export function createStreamEncoder(context: AnswerContext): StreamEncoder {
  return new GeminiStreamEncoder(context)
}
