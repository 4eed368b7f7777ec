import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { loseBlock, readArguments, writeTime } from './response.encode.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/** One JSON object a line; calls come whole. */
class OllamaStreamEncoder implements StreamEncoder {
  readonly #losses = new AnswerLosses()
  readonly #calls = new Map<number, { readonly callId: string; readonly name: string; text: string }>()
  #identity: JsonObject = {}
  #usage: Usage | undefined

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  push(part: StreamPart): string {
    switch (part.type) {
      case 'message-start':
        this.#identity = { model: part.model, created_at: writeTime(part.createdAt) }
        return ''
      case 'text-delta':
        return part.text === '' ? '' : this.#say({ content: part.text })
      case 'reasoning-delta':
        return part.text === '' ? '' : this.#say({ content: '', thinking: part.text })
      case 'reasoning-seal':
        loseBlock({ type: 'reasoning', text: '', seal: part.seal, isRedacted: false }, this.#losses)
        return ''
      case 'citation':
        loseBlock({ type: 'text', text: '', citations: [part.citation] }, this.#losses)
        return ''
      case 'search':
      case 'native':
        loseBlock(part, this.#losses)
        return ''
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'message-end':
        return this.#write({ message: { role: 'assistant', content: '' }, done: true, done_reason: encodeFinish(part.finish, this.#losses), ...(this.#usage ? encodeUsage(this.#usage) : {}) })
      default:
        return this.#gatherCall(part)
    }
  }

  #gatherCall(part: StreamPart): string {
    if (part.type === 'tool-call-start') this.#calls.set(part.index, { callId: part.callId, name: part.name, text: '' })
    const call = part.type === 'tool-call-delta' ? this.#calls.get(part.index) : undefined
    if (call && part.type === 'tool-call-delta') call.text += part.argumentsText
    return part.type === 'block-end' ? this.#endCall(part.index) : ''
  }

  #endCall(index: number): string {
    const call = this.#calls.get(index)
    this.#calls.delete(index)
    return call ? this.#say({ content: '', tool_calls: [{ id: call.callId, function: { name: call.name, arguments: readArguments(call.text) } }] }) : ''
  }

  #say(message: JsonObject): string {
    return this.#write({ message: { role: 'assistant', ...message }, done: false })
  }

  #write(line: JsonObject): string {
    return `${JSON.stringify({ ...this.#identity, ...line })}\n`
  }
}

export function createStreamEncoder(_context: AnswerContext): StreamEncoder {
  return new OllamaStreamEncoder()
}
