import type { HostedCall, StreamPart } from '../../dialects/index.ts'
import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'

const SILENT: Usage = { input: { total: 0, cacheRead: 0, cacheWrite: 0 }, output: { total: 0, reasoning: 0 }, raw: undefined }

function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: { total: a.input.total + b.input.total, cacheRead: a.input.cacheRead + b.input.cacheRead, cacheWrite: a.input.cacheWrite + b.input.cacheWrite },
    output: { total: a.output.total + b.output.total, reasoning: a.output.reasoning + b.output.reasoning },
    raw: undefined,
  }
}

const STARTS = new Set<StreamPart['type']>(['text-start', 'reasoning-start', 'tool-call-start', 'search'])

/**
 * Makes one answer of the turns of a run: one beginning, blocks counted through, the calls that the gateway makes left out,
 * and what all turns used together. How it ends is said by `end`.
 */
export class TurnMerger {
  readonly #isOwn: (name: string) => boolean
  /** For dialects whose texts flow together. */
  readonly #separates: boolean
  readonly #opening: readonly JsonObject[]
  readonly #approved: readonly HostedCall[]
  readonly #indexes = new Map<number, number>()
  readonly #hidden = new Set<number>()
  readonly #told = new Map<string, number>()
  #next = 0
  #hasStarted = false
  #used: Usage = SILENT
  #usage: Usage | undefined
  #saidText = ''
  #startsTurn = false

  /** `opening` are native blocks that are told before everything else, `approved` are calls that have been made before the first turn. */
  constructor(isOwn: (name: string) => boolean, separates: boolean, opening: readonly JsonObject[] = [], approved: readonly HostedCall[] = []) {
    this.#approved = approved
    this.#isOwn = isOwn
    this.#separates = separates
    this.#opening = opening
  }

  /** Of all turns so far; undefined when no provider told any. */
  get usage(): Usage | undefined {
    return this.#usage ? addUsage(this.#used, this.#usage) : this.#used === SILENT ? undefined : this.#used
  }

  push(part: StreamPart): readonly StreamPart[] {
    switch (part.type) {
      case 'message-start':
        if (this.#hasStarted) return []
        this.#hasStarted = true
        return [part, ...this.#opening.map((value) => ({ type: 'native' as const, value })), ...this.#approved.flatMap(({ result, ...call }) => [this.hosted(call), ...(result ? [this.hosted({ ...call, result })] : [])])]
      case 'usage':
        this.#usage = part.usage
        return [{ type: 'usage', usage: addUsage(this.#used, part.usage) }]
      case 'message-end':
      case 'error':
        return []
      case 'native':
        return [part]
      default:
        return this.#block(part)
    }
  }

  #block(part: StreamPart & { readonly index: number }): readonly StreamPart[] {
    const isStart = STARTS.has(part.type)
    if (part.type === 'tool-call-start' && this.#isOwn(part.name)) this.#hidden.add(part.index)
    else if (isStart) {
      this.#hidden.delete(part.index)
      this.#indexes.set(part.index, this.#next++)
    }
    if (this.#hidden.has(part.index)) return []
    const index = this.#indexes.get(part.index)
    if (index === undefined) return []
    return part.type === 'text-delta' ? [{ ...part, index, text: this.#separate(part.text) }] : [{ ...part, index } as StreamPart]
  }

  /** Tells of a call that the gateway makes: once when it begins, once when it has its result. */
  hosted(call: HostedCall): StreamPart {
    const index = this.#told.get(call.id) ?? this.#next++
    this.#told.set(call.id, index)
    return { type: 'hosted-call', index, call }
  }

  #separate(text: string): string {
    if (text === '') return text
    const gap = this.#separates && this.#startsTurn && this.#saidText !== '' && !/\s$/.test(this.#saidText) && !/^\s/.test(text) ? '\n\n' : ''
    this.#startsTurn = false
    this.#saidText = text
    return `${gap}${text}`
  }

  nextTurn(): void {
    this.#used = this.usage ?? SILENT
    this.#usage = undefined
    this.#indexes.clear()
    this.#hidden.clear()
    this.#startsTurn = true
  }

  end(finish: (StreamPart & { readonly type: 'message-end' })['finish']): readonly StreamPart[] {
    const { usage } = this
    return [...(usage ? [{ type: 'usage' as const, usage }] : []), { type: 'message-end', finish }]
  }
}
