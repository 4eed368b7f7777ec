import type { Usage } from '../../domain/usage.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf, type Citation } from '../canonical/citation.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { writeSseEvent } from '../sse/index.ts'
import { writeAnnotation } from './annotations.ts'
import { isOnCall, writeCallSeal } from './call-seal.ts'
import { writeDetail } from './reasoning.ts'
import { NO_SEARCH } from './response.encode.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

interface Thought {
  text: string
  readonly isRedacted: boolean
}

interface Text {
  readonly isRefusal: boolean
  /** Where it begins in the content. */
  readonly offset: number
  text: string
  readonly citations: Citation[]
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
  /** The seal of the call that comes next. */
  #callSeal: JsonObject = {}
  readonly #texts = new Map<number, Text>()
  #contentLength = 0
  #hasRefusal = false

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
        return this.#say(part.index, part.text)
      case 'text-start':
        this.#callSeal = {}
        this.#texts.set(part.index, { isRefusal: part.isRefusal === true, offset: this.#contentLength, text: '', citations: [] })
        return ''
      case 'citation':
        return this.#cite(part.index, part.citation)
      case 'search':
        this.#losses.dropped(part.search.path, NO_SEARCH)
        return ''
      case 'reasoning-start':
        this.#callSeal = {}
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
        this.#losses.native(part)
        return ''
      default:
        return ''
    }
  }

  #say(index: number, text: string): string {
    if (text === '') return ''
    const said = this.#texts.get(index)
    if (said?.isRefusal === true) {
      this.#hasRefusal = true
      return this.#delta({ refusal: text })
    }
    if (said) said.text += text
    this.#contentLength += text.length
    return this.#delta({ content: text })
  }

  #cite(index: number, citation: Citation): string {
    const said = this.#texts.get(index)
    if (said) said.citations.push(citation)
    else this.#losses.dropped(citation.path, 'it came after the text that it is for had ended')
    return ''
  }

  /** What a text rests on is told at its end, when it is known where it is. */
  #endText(index: number): string {
    const said = this.#texts.get(index)
    this.#texts.delete(index)
    if (!said || said.citations.length === 0) return ''
    const annotations = said.citations.map((citation) => {
      this.#losses.citedText(citation)
      return writeAnnotation(citation, rangeOf(citation, said.text), said.offset)
    })
    return this.#delta({ annotations })
  }

  #think(index: number, text: string): string {
    const thought = this.#thoughts.get(index)
    if (thought) thought.text += text
    return text === '' ? '' : this.#delta({ reasoning_content: text })
  }

  #seal(index: number, seal: string): string {
    const { seals, origin } = this.#context
    const { text = '', isRedacted = false } = this.#thoughts.get(index) ?? {}
    const envelope = seals.wrap(seal, origin)
    this.#callSeal = isOnCall(seal) ? writeCallSeal(envelope) : {}
    return this.#delta({ reasoning_details: [writeDetail(text, envelope, isRedacted, this.#details++)] })
  }

  #startCall({ index, callId, name, isCustom: custom }: StreamPart & { readonly type: 'tool-call-start' }): string {
    const isCustom = custom === true
    const number = this.#calls.size
    this.#calls.set(index, { number, isCustom, hasArguments: false })
    const target = isCustom ? { type: 'custom', custom: { name, input: '' } } : { type: 'function', function: { name, arguments: '' } }
    const seal = this.#callSeal
    this.#callSeal = {}
    return this.#delta({ tool_calls: [{ index: number, id: fitId(callId, 64), ...target, ...seal }] })
  }

  #continueCall(index: number, text: string): string {
    const call = this.#calls.get(index)
    if (!call || text === '') return ''
    call.hasArguments = true
    return this.#delta({ tool_calls: [{ index: call.number, ...(call.isCustom ? { custom: { input: text } } : { function: { arguments: text } }) }] })
  }

  /** A call without arguments has empty ones; no text at all would be no JSON. */
  #endBlock(index: number): string {
    if (this.#texts.has(index)) return this.#endText(index)
    const call = this.#calls.get(index)
    return call && !call.hasArguments && !call.isCustom ? this.#continueCall(index, '{}') : ''
  }

  #end(finish: FinishReason): string {
    const rest = [...this.#texts.keys()].map((index) => this.#endText(index)).join('')
    const last = this.#chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: encodeFinish(finish, this.#losses, this.#hasRefusal) }], null)
    const usage = this.#context.wantsUsage && this.#usage ? this.#chunk([], encodeUsage(this.#usage)) : ''
    return `${rest}${last}${usage}${writeSseEvent({ event: undefined, data: '[DONE]' })}`
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
