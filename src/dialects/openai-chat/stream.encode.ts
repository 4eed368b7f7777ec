import type { Usage } from '../../domain/usage.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import { AnswerLosses, nameNative } from '../canonical/answer-losses.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { writeSseEvent } from '../sse/index.ts'
import { writeDetail } from './reasoning.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

interface Thought {
  text: string
  readonly isRedacted: boolean
}

/** One role, ids and model on every chunk, one finish, the usage by itself, `[DONE]`. */
class ChatStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext
  readonly #losses = new AnswerLosses()
  readonly #thoughts = new Map<number, Thought>()
  /** Our number of a call by its block. */
  readonly #calls = new Map<number, { readonly number: number; readonly isCustom: boolean; hasArguments: boolean }>()
  #head: JsonObject = {}
  #usage: Usage | undefined
  #details = 0

  constructor(context: AnswerContext) {
    this.#context = context
  }

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  push(part: StreamPart): string {
    switch (part.type) {
      case 'message-start':
        this.#head = { id: part.messageId, object: 'chat.completion.chunk', created: part.createdAt ?? 0, model: part.model }
        return this.#delta({ role: 'assistant', content: '', refusal: null })
      case 'text-delta':
        return part.text === '' ? '' : this.#delta({ content: part.text })
      case 'reasoning-start':
        this.#thoughts.set(part.index, { text: '', isRedacted: part.isRedacted === true })
        return ''
      case 'reasoning-delta':
        return this.#think(part.index, part.text)
      case 'reasoning-seal':
        return this.#seal(part.index, part.seal)
      case 'tool-call-start':
        return this.#startCall(part)
      case 'tool-call-delta':
        return this.#continueCall(part.index, part.argumentsText)
      case 'block-end':
        return this.#endBlock(part.index)
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'message-end':
        return this.#end(part.finish)
      case 'native':
        this.#losses.dropped(nameNative(part.value), 'the client’s dialect has no such block')
        return ''
      default:
        return ''
    }
  }

  #think(index: number, text: string): string {
    const thought = this.#thoughts.get(index)
    if (thought) thought.text += text
    return text === '' ? '' : this.#delta({ reasoning_content: text })
  }

  #seal(index: number, seal: string): string {
    const { seals, origin } = this.#context
    const { text = '', isRedacted = false } = this.#thoughts.get(index) ?? {}
    return this.#delta({ reasoning_details: [writeDetail(text, seals.wrap(seal, origin), isRedacted, this.#details++)] })
  }

  #startCall({ index, callId, name, isCustom: custom }: StreamPart & { readonly type: 'tool-call-start' }): string {
    const isCustom = custom === true
    const number = this.#calls.size
    this.#calls.set(index, { number, isCustom, hasArguments: false })
    const target = isCustom ? { type: 'custom', custom: { name, input: '' } } : { type: 'function', function: { name, arguments: '' } }
    return this.#delta({ tool_calls: [{ index: number, id: fitId(callId, 64), ...target }] })
  }

  #continueCall(index: number, text: string): string {
    const call = this.#calls.get(index)
    if (!call || text === '') return ''
    call.hasArguments = true
    return this.#delta({ tool_calls: [{ index: call.number, ...(call.isCustom ? { custom: { input: text } } : { function: { arguments: text } }) }] })
  }

  /** A call without arguments has empty ones; no text at all would be no JSON. */
  #endBlock(index: number): string {
    const call = this.#calls.get(index)
    return call && !call.hasArguments && !call.isCustom ? this.#continueCall(index, '{}') : ''
  }

  #end(finish: FinishReason): string {
    const last = this.#chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: encodeFinish(finish) }], null)
    const usage = this.#context.wantsUsage && this.#usage ? this.#chunk([], encodeUsage(this.#usage)) : ''
    return `${last}${usage}${writeSseEvent({ event: undefined, data: '[DONE]' })}`
  }

  #delta(delta: JsonObject): string {
    return this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], null)
  }

  #chunk(choices: readonly JsonObject[], usage: JsonValue): string {
    return writeSseEvent({ event: undefined, data: JSON.stringify({ ...this.#head, choices, ...(this.#context.wantsUsage ? { usage } : {}) }) })
  }
}

export function createStreamEncoder(context: AnswerContext): StreamEncoder {
  return new ChatStreamEncoder(context)
}
