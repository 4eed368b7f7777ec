import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf, type Citation, type WebSearch } from '../canonical/citation.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { HostedCall } from '../canonical/hosted-call.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { writeSseEvent } from '../sse/index.ts'
import { writeHostedResult, writeHostedUse } from './response.hosted-call.ts'
import { writeCitation, writeSearch } from './response.search.ts'
import { completeCall, completeDelta, completeMessage } from './response.version.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

type BlockPart = StreamPart & { readonly index: number }

interface OpenBlock {
  /** The number that other dialects' parts go by; ours are dense. */
  readonly index: number
  readonly isReasoning: boolean
  /** A redacted block begins only with its payload. */
  isStarted: boolean
  seal: string | undefined
  /** What has been said in it, and what of it rests on web pages; told at its end, when it is known what they are cited for. */
  text: string
  readonly citations: Citation[]
}

const write = (type: string, fields: JsonObject): string => writeSseEvent({ event: type, data: JSON.stringify({ type, ...fields }) })

/**
 * Blocks one after another, with dense indexes and their type fixed at their start. What runs side by side elsewhere
 * waits here until the block before it has ended.
 */
class MessagesStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext
  readonly #losses = new AnswerLosses()
  /** By the index that they go by, in the order in which they began. */
  readonly #waiting = new Map<number, BlockPart[]>()
  #open: OpenBlock | undefined
  #count = 0
  #usage: Usage | undefined

  constructor(context: AnswerContext) {
    this.#context = context
  }

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  push(part: StreamPart): string {
    switch (part.type) {
      case 'message-start':
        return this.#start(part.messageId, part.model)
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'message-end':
        return this.#end(part.finish)
      case 'native':
        return this.#native(part)
      case 'error':
        return ''
      default:
        return this.#block(part)
    }
  }

  /** The client's context meter starts from these counts; the true ones follow at the end. */
  #start(id: string, model: string): string {
    const usage = this.#usage ? encodeUsage(this.#usage) : { input_tokens: this.#context.estimateInputTokens(), output_tokens: 0 }
    return write('message_start', { message: completeMessage(this.#context, { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage }) })
  }

  #block(part: BlockPart): string {
    const isOpen = this.#open?.index === part.index
    if (this.#open && !isOpen) {
      const own = this.#waiting.get(part.index)
      if (own) own.push(part)
      else this.#waiting.set(part.index, [part])
      return ''
    }
    const text = this.#write(part)
    return part.type === 'block-end' ? `${text}${this.#resume()}` : text
  }

  /** Lets the parts that waited go on, as far as the next open block. */
  #resume(): string {
    let text = ''
    for (const [index, own] of this.#waiting) {
      this.#waiting.delete(index)
      for (const part of own) text += this.#write(part)
      if (this.#open) break
    }
    return text
  }

  #write(part: BlockPart): string {
    switch (part.type) {
      case 'text-start':
        return this.#openBlock(part.index, { type: 'text', text: '', ...(this.#context.echo ? { citations: null } : {}) })
      case 'reasoning-start':
        if (part.isRedacted !== true) return this.#openBlock(part.index, { type: 'thinking', thinking: '', signature: '' }, true)
        this.#open = { index: part.index, isReasoning: false, isStarted: false, seal: undefined, text: '', citations: [] }
        return ''
      case 'tool-call-start':
        return this.#openBlock(part.index, completeCall(this.#context, { type: 'tool_use', id: fitId(part.callId, 64), name: part.name, input: {} }))
      case 'reasoning-seal':
        return this.#seal(part.seal)
      case 'block-end':
        return this.#closeBlock()
      case 'text-delta':
        return this.#say(part.text)
      case 'citation':
        return this.#cite(part.citation)
      case 'search':
        return this.#search(part.search)
      case 'hosted-call':
        return this.#hostedCall(part.call)
      case 'reasoning-delta':
        return !this.#open || part.text === '' ? '' : this.#delta({ type: 'thinking_delta', thinking: part.text })
      case 'tool-call-delta':
        return !this.#open || part.argumentsText === '' ? '' : this.#delta({ type: 'input_json_delta', partial_json: part.argumentsText })
      default:
        return ''
    }
  }

  #say(text: string): string {
    if (!this.#open || text === '') return ''
    this.#open.text += text
    return this.#delta({ type: 'text_delta', text })
  }

  #cite(citation: Citation): string {
    if (this.#open) this.#open.citations.push(citation)
    else this.#losses.dropped(citation.path, 'it came after the text that it is for had ended')
    return ''
  }

  /** A whole block of the dialect's own. Pieces of one that is not known either have no place. */
  #native(part: StreamPart & { readonly type: 'native' }): string {
    const { value } = part
    const { type } = isJsonObject(value) ? value : {}
    const isWhole = typeof type === 'string' && !type.endsWith('_delta')
    if (this.#context.keepsNative === true && !this.#open && isWhole && isJsonObject(value)) return this.#whole(value)
    this.#losses.native(part)
    return ''
  }

  #whole(block: JsonObject): string {
    return `${write('content_block_start', { index: this.#count, content_block: block })}${write('content_block_stop', { index: this.#count++ })}`
  }

  #hostedCall(call: HostedCall): string {
    if (call.needsApproval === true) return ''
    if (call.result) return this.#whole(writeHostedResult(call, call.result))
    const use = writeHostedUse(call)
    // Claude Code, which asks for none, takes no pieces of input for a block of this type, and gives the stream up.
    return this.#context.readsHostedPieces === true ? this.#inPieces(use) : this.#whole(use)
  }

  #search(search: WebSearch): string {
    return writeSearch(search, this.#losses).map((block) => this.#inPieces(completeCall(this.#context, block))).join('')
  }

  /** A block with its input, if it has one, as a piece after its start. */
  #inPieces({ input, ...rest }: JsonObject): string {
    const started = write('content_block_start', { index: this.#count, content_block: input === undefined ? rest : { ...rest, input: {} } })
    const asked = input === undefined ? '' : this.#delta({ type: 'input_json_delta', partial_json: JSON.stringify(input) })
    return `${started}${asked}${write('content_block_stop', { index: this.#count++ })}`
  }

  #openBlock(index: number, block: JsonObject, isReasoning = false): string {
    this.#open = { index, isReasoning, isStarted: true, seal: undefined, text: '', citations: [] }
    return write('content_block_start', { index: this.#count, content_block: block })
  }

  #delta(delta: JsonObject): string {
    return write('content_block_delta', { index: this.#count, delta })
  }

  /** A redacted block comes complete in its start; a signature comes just before its block's end. */
  #seal(payload: string): string {
    if (!this.#open || this.#open.seal !== undefined) return ''
    const seal = this.#context.seals.wrap(payload, this.#context.origin)
    this.#open.seal = seal
    if (this.#open.isStarted) return ''
    this.#open.isStarted = true
    return write('content_block_start', { index: this.#count, content_block: { type: 'redacted_thinking', data: seal } })
  }

  #closeBlock(): string {
    const open = this.#open
    this.#open = undefined
    if (!open?.isStarted) return ''
    const signature = open.isReasoning ? this.#delta({ type: 'signature_delta', signature: open.seal ?? '' }) : ''
    const cited = open.citations.map((citation) => {
      const { start, end } = rangeOf(citation, open.text)
      return this.#delta({ type: 'citations_delta', citation: writeCitation(citation, open.text.slice(start, end), this.#losses) })
    })
    return `${signature}${cited.join('')}${write('content_block_stop', { index: this.#count++ })}`
  }

  #end(finish: FinishReason): string {
    let text = ''
    while (this.#open || this.#waiting.size > 0) text += `${this.#closeBlock()}${this.#resume()}`
    const usage = this.#usage ? encodeUsage(this.#usage) : { output_tokens: 0 }
    return `${text}${write('message_delta', completeDelta(this.#context, { delta: encodeFinish(finish, this.#losses), usage }))}${write('message_stop', {})}`
  }
}

export function createStreamEncoder(context: AnswerContext): StreamEncoder {
  return new MessagesStreamEncoder(context)
}
