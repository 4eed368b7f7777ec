import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf, type Citation, type WebSearch } from '../canonical/citation.ts'
import type { HostedCall } from '../canonical/hosted-call.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext, StreamEncoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { writeSseEvent } from '../sse/index.ts'
import { writeResponse, type ResponseFacts } from './response.body.ts'
import { itemId, responseIdFor, writeArguments, writeCall, writeMessage, writeReasoning, writeSummaryPart, writeTextPart, type ItemKind, type WrittenCall, type WrittenText } from './response.items.ts'
import { writeHostedCall } from './response.hosted-call.ts'
import { loseOfSearch, writeAnnotation, writeSearch } from './response.search.ts'
import { encodeFinish } from './stop-reason.ts'
import { itemEvents } from './stream.items.ts'

type Ending = 'completed' | 'incomplete'

interface OpenItem {
  /** The number that other dialects' parts go by. */
  readonly index: number
  readonly kind: ItemKind
  readonly id: string
  readonly outputIndex: number
  readonly call: WrittenCall | undefined
  text: string
  hasSummary: boolean
  /** As the provider issued it; sealed when all of the thought is there. */
  payload: string | undefined
  readonly isRedacted: boolean
  readonly isRefusal: boolean
  readonly citations: Citation[]
}

/** What cites is told once all is said that it could be for. */
const textOf = ({ text, isRefusal, citations }: OpenItem): WrittenText => ({ text, isRefusal, annotations: citations.map((citation) => writeAnnotation(citation, rangeOf(citation, text))) })

/** A block that has begun and shown nothing yet. */
interface Waiting {
  readonly kind: 'message' | 'reasoning'
  readonly isRedacted: boolean
  readonly isRefusal: boolean
  /** Anthropic tells what a text rests on before the text. */
  readonly citations: Citation[]
}

/**
 * Items as they come, side by side where calls are, each with its own events; the whole response at both ends. How an item
 * ended is told with the next part, because a limit cuts the last one.
 */
class ResponsesStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext
  readonly #losses = new AnswerLosses()
  readonly #waiting = new Map<number, Waiting>()
  readonly #open = new Map<number, OpenItem>()
  readonly #output: JsonObject[] = []
  /** The places of the gateway's own calls. */
  readonly #hosted = new Map<string, number>()
  #ended: OpenItem | undefined
  #head: Pick<ResponseFacts, 'id' | 'model' | 'createdAt'> = { id: responseIdFor(''), model: '', createdAt: 0 }
  #usage: Usage | undefined
  #sequence = 0
  #count = 0
  #hasRefusal = false

  constructor(context: AnswerContext) {
    this.#context = context
  }

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  push(part: StreamPart): string {
    switch (part.type) {
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'native':
        return this.#native(part)
      case 'citation':
        return this.#cite(part.index, part.citation)
      case 'error':
        return ''
      case 'message-end':
        return this.#end(part.finish)
      default:
        return `${this.#settle('completed')}${this.#say(part)}`
    }
  }

  #say(part: Exclude<StreamPart, { readonly type: 'usage' | 'native' | 'citation' | 'error' | 'message-end' }>): string {
    switch (part.type) {
      case 'message-start':
        return this.#start(part.messageId, part.model, part.createdAt)
      case 'text-start':
        if (part.isRefusal === true) this.#hasRefusal = true
        this.#waiting.set(part.index, { kind: 'message', isRedacted: false, isRefusal: part.isRefusal === true, citations: [] })
        return ''
      case 'reasoning-start':
        this.#waiting.set(part.index, { kind: 'reasoning', isRedacted: part.isRedacted === true, isRefusal: false, citations: [] })
        return ''
      case 'tool-call-start': {
        const { index, type: _type, ...call } = part
        return this.#openItem(index, call.isCustom === true ? 'custom-call' : 'call', { call })
      }
      case 'text-delta':
      case 'reasoning-delta':
        return part.text === '' ? '' : `${this.#begin(part.index)}${this.#continue(part.index, part.text)}`
      case 'tool-call-delta':
        return part.argumentsText === '' ? '' : this.#continue(part.index, part.argumentsText)
      case 'search':
        return this.#search(part.search)
      case 'hosted-call':
        return this.#hostedCall(part.call)
      case 'reasoning-seal':
        return this.#seal(part.index, part.seal)
      case 'block-end':
        return this.#endBlock(part.index)
    }
  }

  #start(messageId: string, model: string, createdAt: number | undefined): string {
    const { echo = {} } = this.#context
    this.#head = {
      id: typeof echo['id'] === 'string' ? echo['id'] : responseIdFor(messageId),
      model,
      createdAt: createdAt ?? (typeof echo['created_at'] === 'number' ? echo['created_at'] : 0),
    }
    const response = this.#response('in_progress')
    return `${this.#event('response.created', { response })}${this.#event('response.in_progress', { response })}`
  }

  /** The item of a block, once there is something in it. */
  #begin(index: number): string {
    const waiting = this.#waiting.get(index)
    if (!waiting) return ''
    this.#waiting.delete(index)
    return this.#openItem(index, waiting.kind, waiting)
  }

  #openItem(index: number, kind: ItemKind, { call, isRedacted = false, isRefusal = false, citations = [] }: { readonly call?: WrittenCall } & Partial<Omit<Waiting, 'kind'>>): string {
    const outputIndex = this.#count++
    const id = itemId(kind, this.#head.id, outputIndex)
    const item: OpenItem = { index, kind, id, outputIndex, call, text: '', hasSummary: false, payload: undefined, isRedacted, isRefusal, citations }
    this.#open.set(index, item)
    const added = this.#event('response.output_item.added', { output_index: outputIndex, item: this.#write(item, 'in_progress') })
    if (kind === 'message') return `${added}${this.#event('response.content_part.added', { ...this.#placeOf(item), part: writeTextPart({ text: '', isRefusal, annotations: [] }) })}`
    return added
  }

  #continue(index: number, text: string): string {
    const item = this.#open.get(index)
    if (!item) return ''
    item.text += text
    switch (item.kind) {
      case 'message':
        return item.isRefusal ? this.#event('response.refusal.delta', { ...this.#placeOf(item), delta: text }) : this.#event('response.output_text.delta', { ...this.#placeOf(item), delta: text, logprobs: [] })
      case 'reasoning':
        return `${this.#beginSummary(item)}${this.#event('response.reasoning_summary_text.delta', { ...this.#placeOf(item), delta: text })}`
      case 'call':
        return this.#event('response.function_call_arguments.delta', { ...this.#placeOf(item), delta: text })
      default:
        return this.#event('response.custom_tool_call_input.delta', { ...this.#placeOf(item), delta: text })
    }
  }

  #beginSummary(item: OpenItem): string {
    if (item.hasSummary) return ''
    item.hasSummary = true
    return this.#event('response.reasoning_summary_part.added', { ...this.#placeOf(item), part: writeSummaryPart('') })
  }

  #seal(index: number, payload: string): string {
    const begun = this.#begin(index)
    const item = this.#open.get(index)
    if (item?.kind !== 'reasoning') return begun
    item.payload ??= payload
    return item.isRedacted ? begun : `${begun}${this.#beginSummary(item)}`
  }

  #endBlock(index: number): string {
    this.#waiting.delete(index)
    const item = this.#open.get(index)
    this.#open.delete(index)
    this.#ended = item
    return ''
  }

  /** Tells the end of the item whose end is known. */
  #settle(ending: Ending): string {
    const item = this.#ended
    this.#ended = undefined
    return item ? this.#close(item, ending) : ''
  }

  #close(item: OpenItem, ending: Ending): string {
    const written = this.#write(item, ending)
    this.#output[item.outputIndex] = written
    return `${this.#closeContent(item, ending)}${this.#event('response.output_item.done', { output_index: item.outputIndex, item: written })}`
  }

  #closeContent(item: OpenItem, ending: Ending): string {
    const place = this.#placeOf(item)
    const { text, call } = item
    switch (item.kind) {
      case 'message':
        return this.#closeText(item, place)
      case 'reasoning':
        if (!item.hasSummary) return ''
        return `${this.#event('response.reasoning_summary_text.done', { ...place, text })}${this.#event('response.reasoning_summary_part.done', { ...place, part: writeSummaryPart(text) })}`
      case 'call':
        return this.#event('response.function_call_arguments.done', { ...place, name: call?.name ?? '', arguments: call ? writeArguments(text, call, ending) : text })
      default:
        return this.#event('response.custom_tool_call_input.done', { ...place, input: text })
    }
  }

  #closeText(item: OpenItem, place: JsonObject): string {
    const said = textOf(item)
    const cited = said.annotations.map((annotation, number) => this.#event('response.output_text.annotation.added', { ...place, annotation_index: number, annotation }))
    const done = item.isRefusal ? this.#event('response.refusal.done', { ...place, refusal: item.text }) : this.#event('response.output_text.done', { ...place, text: item.text, logprobs: [] })
    return `${cited.join('')}${done}${this.#event('response.content_part.done', { ...place, part: writeTextPart(said) })}`
  }

  /** Made and ended at once: what was found is known when it is told. */
  #search(search: WebSearch): string {
    const outputIndex = this.#count++
    const id = itemId('search', this.#head.id, outputIndex)
    const place = { output_index: outputIndex, item_id: id }
    loseOfSearch(search, this.#losses)
    const item = writeSearch(id, search, true)
    this.#output[outputIndex] = item
    const added = this.#event('response.output_item.added', { output_index: outputIndex, item: writeSearch(id, search, false) })
    const steps = ['in_progress', 'searching', ...(search.failure === undefined ? ['completed'] : [])].map((step) => this.#event(`response.web_search_call.${step}`, place))
    return `${added}${steps.join('')}${this.#event('response.output_item.done', { output_index: outputIndex, item })}`
  }

  /** A whole item of the dialect's own, with the events that such an item has. */
  #native(part: StreamPart & { readonly type: 'native' }): string {
    const { value } = part
    if (this.#context.keepsNative !== true || !isJsonObject(value)) {
      this.#losses.native(part)
      return ''
    }
    const settled = this.#settle('completed')
    const outputIndex = this.#count++
    this.#output[outputIndex] = value
    return `${settled}${itemEvents(value, outputIndex).map(({ type, fields }) => this.#event(type, fields)).join('')}`
  }

  #hostedCall(call: HostedCall): string {
    const known = this.#hosted.get(call.id)
    const outputIndex = known ?? this.#count++
    this.#hosted.set(call.id, outputIndex)
    const item = writeHostedCall(call)
    const place = { output_index: outputIndex, item_id: item['id'] }
    const added = (text: string): string => this.#event('response.output_item.added', { output_index: outputIndex, item: { ...item, arguments: text } })
    if (call.needsApproval !== true && !call.result) {
      const { arguments: written } = item
      const steps = [this.#event('response.mcp_call.in_progress', place), this.#event('response.mcp_call_arguments.delta', { ...place, delta: written }), this.#event('response.mcp_call_arguments.done', { ...place, arguments: written })]
      return `${added('')}${steps.join('')}`
    }
    this.#output[outputIndex] = item
    const first = known === undefined ? added(call.argumentsText) : ''
    const outcome = call.result ? this.#event(`response.mcp_call.${call.result.isError ? 'failed' : 'completed'}`, place) : ''
    return `${first}${outcome}${this.#event('response.output_item.done', { output_index: outputIndex, item })}`
  }

  #cite(index: number, citation: Citation): string {
    const item = this.#waiting.get(index) ?? this.#open.get(index) ?? (this.#ended?.index === index ? this.#ended : undefined)
    if (item?.kind !== 'message') this.#losses.dropped(citation.path, 'it came after the text that it is for had ended')
    else {
      this.#losses.citedText(citation)
      item.citations.push(citation)
    }
    return ''
  }

  #write(item: OpenItem, status: 'in_progress' | Ending): JsonObject {
    const { kind, id, call, text, payload, hasSummary, isRedacted } = item
    if (kind === 'message') return writeMessage(id, status === 'in_progress' ? undefined : textOf(item), status)
    if (kind === 'reasoning' || !call) {
      const { seals, origin } = this.#context
      const seal = payload === undefined ? undefined : seals.wrap(payload, origin, isRedacted ? undefined : text)
      return writeReasoning(id, hasSummary && status !== 'in_progress' ? text : undefined, seal)
    }
    return writeCall(id, call, text, status)
  }

  #placeOf({ kind, id, outputIndex }: OpenItem): JsonObject {
    const place = { item_id: id, output_index: outputIndex }
    if (kind === 'message') return { ...place, content_index: 0 }
    return kind === 'reasoning' ? { ...place, summary_index: 0 } : place
  }

  #end(finish: FinishReason): string {
    const { status, reason } = encodeFinish(finish, this.#losses, this.#hasRefusal)
    let text = this.#settle(this.#open.size > 0 ? 'completed' : status)
    for (const [index, item] of this.#open) {
      this.#open.delete(index)
      text += this.#close(item, this.#open.size > 0 ? 'completed' : status)
    }
    return `${text}${this.#event(`response.${status}`, { response: this.#response(status, reason) })}`
  }

  #response(status: 'in_progress' | Ending, reason?: string): JsonObject {
    const { echo = {} } = this.#context
    return writeResponse({ ...this.#head, status, reason, output: this.#output.filter((item) => item !== undefined), usage: this.#usage, echo })
  }

  #event(type: string, fields: JsonObject): string {
    return writeSseEvent({ event: type, data: JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }) })
  }
}

export function createStreamEncoder(context: AnswerContext): StreamEncoder {
  return new ResponsesStreamEncoder(context)
}
