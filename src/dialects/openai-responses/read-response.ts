import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import { PLAIN_REASONING } from './reasoning.ts'
import { readAnnotation, readSearch } from './response.search.ts'
import { decodeFinish } from './stop-reason.ts'
import { decodeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asObjects = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : [])

const KNOWN_ITEMS = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call'])

interface OpenItem {
  /** Our numbers of its blocks by the part of the item, and how much each has said; below zero once it has ended. */
  readonly blocks: Map<number, { readonly index: number; said: number }>
  /** The reasoning parts that have said something. */
  readonly thoughts: Set<string>
  /** The annotations that were told, by their places. */
  readonly cited: Set<string>
}

type Said = 'text' | 'refusal' | 'reasoning'

const openItem = (): OpenItem => ({ blocks: new Map(), thoughts: new Set(), cited: new Set() })

/** Turns what a model said, in events or at once, into parts; the one mapping for streamed and for whole answers. */
export class ResponseReader {
  readonly losses = new AnswerLosses()
  readonly #items = new Map<number, OpenItem>()
  readonly #done = new Set<number>()
  #nextIndex = 0
  #isStarted = false
  #hasToolCalls = false
  #hasRefusal = false
  hasEnded = false

  start(response: JsonObject): readonly StreamPart[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    const { created_at: created } = response
    return [{ type: 'message-start', messageId: asText(response['id']), model: asText(response['model']), ...(typeof created === 'number' ? { createdAt: Math.floor(created) } : {}) }]
  }

  addItem(index: number, item: JsonObject): readonly StreamPart[] {
    const start = this.start({})
    if (this.#items.has(index)) return start
    this.#items.set(index, openItem())
    return [...start, ...this.#startCall(index, item)]
  }

  text(index: number, part: number, text: string): readonly StreamPart[] {
    return text === '' ? [] : this.#say('text', index, part, text)
  }

  refusal(index: number, part: number, text: string): readonly StreamPart[] {
    this.#hasRefusal = true
    return text === '' ? [] : this.#say('refusal', index, part, text)
  }

  /** `text` is all of it; servers that stream nothing say it only here. Its annotations may still follow. */
  endText(index: number, part: number, text: string, kind: 'text' | 'refusal' = 'text'): readonly StreamPart[] {
    const rest = text.slice(this.#items.get(index)?.blocks.get(part)?.said ?? 0)
    return kind === 'text' ? this.text(index, part, rest) : this.refusal(index, part, rest)
  }

  /** All of a text's; those that were told are not told again. */
  annotations(index: number, part: number, { annotations }: JsonObject): readonly StreamPart[] {
    const list: readonly JsonValue[] = Array.isArray(annotations) ? annotations : []
    return list.flatMap((annotation, number) => this.annotation(index, part, number, annotation))
  }

  annotation(index: number, part: number, number: number, annotation: JsonValue): readonly StreamPart[] {
    const path = `/output/${index}/content/${part}/annotations/${number}`
    const item = this.#itemAt(index)
    if (item.cited.has(path)) return []
    item.cited.add(path)
    const citation = readAnnotation(annotation, path, this.losses)
    const block = item.blocks.get(part)
    if (citation && !block) this.losses.dropped(path, 'there is no text that it is for')
    return citation && block ? [{ type: 'citation', index: block.index, citation }] : []
  }

  thought(index: number, part: number, place: 'summary' | 'content', text: string): readonly StreamPart[] {
    if (text === '') return []
    const item = this.#itemAt(index)
    const key = `${place}/${part}`
    const isNext = item.thoughts.size > 0 && !item.thoughts.has(key)
    item.thoughts.add(key)
    return this.#say('reasoning', index, 0, isNext ? `\n\n${text}` : text)
  }

  argumentsText(index: number, text: string): readonly StreamPart[] {
    const block = this.#items.get(index)?.blocks.get(0)
    if (!block || text === '') return []
    block.said += text.length
    return [{ type: 'tool-call-delta', index: block.index, argumentsText: text }]
  }

  endItem(index: number, item: JsonObject): readonly StreamPart[] {
    if (this.#done.has(index)) return []
    this.#done.add(index)
    const parts = [...this.addItem(index, item), ...this.#finishItem(index, item)]
    this.#items.delete(index)
    return parts
  }

  /** The end of the answer, told with all of it: items that were never told are told now. */
  end(response: JsonObject): readonly StreamPart[] {
    const { status, usage, incomplete_details: details, output } = response
    const untold = asObjects(output).flatMap((item, index) => this.endItem(index, item))
    const rest = [...this.#items.keys()].flatMap((index) => this.#endBlocks(index))
    this.hasEnded = true
    const decoded = decodeUsage(usage)
    const facts = { hasToolCalls: this.#hasToolCalls, hasRefusal: this.#hasRefusal }
    const finish = { ...decodeFinish(status, isJsonObject(details) ? details['reason'] : undefined, facts), path: status === 'incomplete' ? '/incomplete_details/reason' : '/status' }
    return [...this.start(response), ...untold, ...rest, ...(decoded ? [{ type: 'usage' as const, usage: decoded }] : []), { type: 'message-end', finish }]
  }

  #itemAt(index: number): OpenItem {
    const item = this.#items.get(index) ?? openItem()
    this.#items.set(index, item)
    return item
  }

  #startCall(index: number, item: JsonObject): readonly StreamPart[] {
    const { type, call_id: callId, name, namespace, id } = item
    if (type !== 'function_call' && type !== 'custom_tool_call') return []
    this.#hasToolCalls = true
    const own = this.#nextIndex++
    this.#itemAt(index).blocks.set(0, { index: own, said: 0 })
    const group = typeof namespace === 'string' ? { namespace } : {}
    return [{ type: 'tool-call-start', index: own, callId: asText(callId) || asText(id), name: asText(name), ...group, ...(type === 'custom_tool_call' ? { isCustom: true as const } : {}), path: `/output/${index}` }]
  }

  /** Texts follow each other: one ends where the next begins. */
  #say(kind: Said, index: number, part: number, text: string): readonly StreamPart[] {
    const start = this.start({})
    const { blocks } = this.#itemAt(index)
    const known = blocks.get(part)
    const before = known ? [] : this.#endBlocks(index)
    const block = known ?? { index: this.#nextIndex++, said: 0 }
    blocks.set(part, block)
    block.said += text.length
    const own = block.index
    const began: readonly StreamPart[] = known ? [] : [kind === 'reasoning' ? { type: 'reasoning-start', index: own } : { type: 'text-start', index: own, ...(kind === 'refusal' ? { isRefusal: true as const } : {}) }]
    return [...start, ...before, ...began, { type: kind === 'reasoning' ? 'reasoning-delta' : 'text-delta', index: own, text }]
  }

  #endBlocks(index: number, part?: number): readonly StreamPart[] {
    const blocks = this.#items.get(index)?.blocks
    const ended = [...(blocks ?? [])].filter(([key, block]) => (part === undefined || key === part) && block.said >= 0)
    return ended.map(([, block]) => {
      block.said = -1
      return { type: 'block-end', index: block.index }
    })
  }

  #finishItem(index: number, item: JsonObject): readonly StreamPart[] {
    const type = asText(item['type'])
    const search = readSearch(item, `/output/${index}`, this.losses)
    if (search) return [{ type: 'search', index: this.#nextIndex++, search }]
    if (!KNOWN_ITEMS.has(type)) return [{ type: 'native', value: item, path: `/output/${index}` }]
    if (type === 'message') return this.#finishMessage(index, item)
    if (type === 'reasoning') return this.#finishReasoning(index, item)
    const whole = asText(item['arguments'] ?? item['input'])
    const said = this.#items.get(index)?.blocks.get(0)?.said ?? 0
    return [...this.argumentsText(index, whole.slice(said)), ...this.#endBlocks(index)]
  }

  #finishMessage(index: number, item: JsonObject): readonly StreamPart[] {
    const parts = asObjects(item['content']).flatMap((content, at) => {
      const isRefusal = content['type'] === 'refusal'
      if (isRefusal) this.#hasRefusal = true
      const untold = this.endText(index, at, asText(content['text'] ?? content['refusal']), isRefusal ? 'refusal' : 'text')
      return [...untold, ...this.annotations(index, at, content)]
    })
    return [...parts, ...this.#endBlocks(index)]
  }

  #finishReasoning(index: number, item: JsonObject): readonly StreamPart[] {
    const { encrypted_content: sealed } = item
    const untold = (['summary', 'content'] as const).flatMap((place) =>
      asObjects(item[place]).flatMap((content, part) => (this.#itemAt(index).thoughts.has(`${place}/${part}`) ? [] : this.thought(index, part, place, asText(content['text'])))),
    )
    const hasPlainText = asObjects(item['content']).some((content) => asText(content['text']) !== '')
    const seal = asText(sealed) || (hasPlainText ? PLAIN_REASONING : '')
    const known = this.#items.get(index)?.blocks.get(0)
    if (seal === '') return [...untold, ...this.#endBlocks(index)]
    const block = known ?? { index: this.#nextIndex++, said: 0 }
    this.#itemAt(index).blocks.set(0, block)
    const isRedacted = !known && asObjects(item['summary']).length === 0
    const start: readonly StreamPart[] = known ? [] : [{ type: 'reasoning-start', index: block.index, ...(isRedacted ? { isRedacted: true as const } : {}) }]
    return [...untold, ...start, { type: 'reasoning-seal', index: block.index, seal }, ...this.#endBlocks(index)]
  }
}
