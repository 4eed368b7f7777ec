import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import { readCitation, readSearch, type AskedSearch } from './response.search.ts'
import { noteBlock } from './response.unread.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

function startThought(index: number, block: JsonObject): readonly StreamPart[] {
  const text = asText(block['thinking'])
  const seal = asText(block['signature'])
  return [
    { type: 'reasoning-start', index },
    ...(text === '' ? [] : [{ type: 'reasoning-delta' as const, index, text }]),
    ...(seal === '' ? [] : [{ type: 'reasoning-seal' as const, index, seal }]),
  ]
}

/** Text of the input where it comes whole; where deltas follow it is empty. */
function inputOf({ input }: JsonObject): string {
  return isJsonObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : ''
}

/** Half a JSON text that a limit cut stays a text. */
function readInput(text: string): JsonValue {
  try {
    return parseExact(text)
  } catch {
    return text
  }
}

/** Turns the blocks of a message, whole or in deltas, into parts; a search and its result, which are two blocks, into one. */
export class BlockReader {
  readonly #losses: AnswerLosses
  readonly #open = new Set<number>()
  /** By the id that their results name; a search that was asked for and not yet answered. */
  readonly #searches = new Map<string, AskedSearch & { readonly index: number; argumentsText: string }>()
  readonly #citations = new Map<number, number>()
  /** Blocks that are not modelled, with their input as far as it has come: they are told whole. */
  readonly #natives = new Map<number, { readonly block: JsonObject; input: string }>()

  constructor(losses: AnswerLosses) {
    this.#losses = losses
  }

  /** With its content where the block comes whole, without where deltas follow. */
  start(index: number, block: JsonObject): readonly StreamPart[] {
    const path = `/content/${index}`
    noteBlock(this.#losses, block, path)
    if (block['type'] === 'server_tool_use' && block['name'] === 'web_search') {
      this.#searches.set(asText(block['id']), { id: asText(block['id']), path, index, argumentsText: inputOf(block) })
      return []
    }
    const search = block['type'] === 'web_search_tool_result' ? this.#take(asText(block['tool_use_id'])) : undefined
    if (search) return [{ type: 'search', index: search.index, search: readSearch(search, { block, path }, this.#losses) }]
    return this.#startBlock(index, block, path)
  }

  delta(index: number, delta: JsonObject): readonly StreamPart[] {
    noteBlock(this.#losses, delta, `/content/${index}`)
    switch (delta['type']) {
      case 'text_delta':
        return [{ type: 'text-delta', index, text: asText(delta['text']) }]
      case 'thinking_delta':
        return [{ type: 'reasoning-delta', index, text: asText(delta['thinking']) }]
      case 'signature_delta':
        return asText(delta['signature']) === '' ? [] : [{ type: 'reasoning-seal', index, seal: asText(delta['signature']) }]
      case 'citations_delta':
        return this.#cite(index, delta['citation'] ?? null)
      case 'input_json_delta':
        return this.#continueInput(index, asText(delta['partial_json']))
      default:
        return [{ type: 'native', value: delta, path: `/content/${index}` }]
    }
  }

  stop(index: number): readonly StreamPart[] {
    return this.#open.delete(index) ? [{ type: 'block-end', index }] : this.#endNative(index)
  }

  /** Searches whose results this answer does not have. */
  end(): readonly StreamPart[] {
    const searches = [...this.#searches.keys()].flatMap((id): readonly StreamPart[] => {
      const search = this.#take(id)
      return search ? [{ type: 'search', index: search.index, search: readSearch(search, undefined, this.#losses) }] : []
    })
    return [...searches, ...[...this.#natives.keys()].flatMap((index) => this.#endNative(index))]
  }

  #startBlock(index: number, block: JsonObject, path: string): readonly StreamPart[] {
    this.#open.add(index)
    switch (block['type']) {
      case 'text': {
        const citations: readonly JsonValue[] = Array.isArray(block['citations']) ? block['citations'] : []
        const text = asText(block['text'])
        return [{ type: 'text-start', index }, ...(text === '' ? [] : [{ type: 'text-delta' as const, index, text }]), ...citations.flatMap((citation) => this.#cite(index, citation))]
      }
      case 'thinking':
        return startThought(index, block)
      case 'redacted_thinking':
        return [{ type: 'reasoning-start', index, isRedacted: true }, { type: 'reasoning-seal', index, seal: asText(block['data']) }]
      case 'tool_use': {
        const argumentsText = inputOf(block)
        return [
          { type: 'tool-call-start', index, callId: asText(block['id']), name: asText(block['name']), path },
          ...(argumentsText === '' ? [] : [{ type: 'tool-call-delta' as const, index, argumentsText }]),
        ]
      }
      default:
        this.#open.delete(index)
        this.#natives.set(index, { block, input: '' })
        return []
    }
  }

  #take(id: string): (AskedSearch & { readonly index: number }) | undefined {
    const search = this.#searches.get(id)
    this.#searches.delete(id)
    return search
  }

  #endNative(index: number): readonly StreamPart[] {
    const native = this.#natives.get(index)
    if (!native) return []
    this.#natives.delete(index)
    const { block, input } = native
    return [{ type: 'native', value: input === '' ? block : { ...block, input: readInput(input) }, path: `/content/${index}` }]
  }

  #continueInput(index: number, text: string): readonly StreamPart[] {
    const native = this.#natives.get(index)
    if (native) native.input += text
    const search = [...this.#searches.values()].find((asked) => asked.index === index)
    if (!search) return this.#open.has(index) ? [{ type: 'tool-call-delta', index, argumentsText: text }] : []
    search.argumentsText += text
    return []
  }

  #cite(index: number, value: JsonValue): readonly StreamPart[] {
    const number = this.#citations.get(index) ?? 0
    this.#citations.set(index, number + 1)
    const citation = readCitation(value, `/content/${index}/citations/${number}`, this.#losses)
    return citation ? [{ type: 'citation', index, citation }] : []
  }
}
