import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { StreamPart } from '../canonical/stream.ts'
import { readCallSeal, writeCallPayload } from './call-seal.ts'

interface OpenCall {
  readonly index: number
  /** The server's own number; several calls may have the same. */
  readonly wireIndex: number | undefined
  readonly id: string
  readonly isCustom: boolean
  name: string
  isStarted: boolean
  waiting: string
}

/**
 * Sorts fragments of tool calls to their calls. Servers number them (OpenAI), number all 0 (Ollama), do not number them
 * (Gemini's compatible layer), send the name in pieces, repeat it at the end, or write a fresh id on every fragment (Kimi).
 */
export class CallAssembler {
  readonly #calls: OpenCall[] = []
  readonly #nextIndex: () => number
  readonly #idBase: () => string

  constructor(nextIndex: () => number, idBase: () => string) {
    this.#nextIndex = nextIndex
    this.#idBase = idBase
  }

  get count(): number {
    return this.#calls.length
  }

  push(fragment: JsonObject): readonly StreamPart[] {
    const custom = isJsonObject(fragment['custom']) ? fragment['custom'] : undefined
    const target = custom ?? (isJsonObject(fragment['function']) ? fragment['function'] : {})
    const id = typeof fragment['id'] === 'string' ? fragment['id'] : ''
    const name = typeof target['name'] === 'string' ? target['name'] : ''
    const wireIndex = typeof fragment['index'] === 'number' ? fragment['index'] : undefined
    const value = custom ? custom['input'] : target['arguments']
    const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
    const known = this.#find(wireIndex, id, name)
    const sealed = known ? [] : this.#seal(fragment)
    const call = known ?? this.#open(wireIndex, id, custom !== undefined)
    if (!call.isStarted && name !== call.name) call.name += name
    if (text === '') return sealed
    call.waiting += text
    return call.name === '' ? sealed : [...sealed, ...this.#startUpTo(call)]
  }

  /** All calls complete: the ones without arguments begin, and everything ends. A call that never got a name is nothing to execute. */
  end(): readonly StreamPart[] {
    return this.#calls.flatMap((call) => (call.name === '' ? [] : [...this.#start(call), { type: 'block-end' as const, index: call.index }]))
  }

  /** The signature of a call is a thought without words, just before it. */
  #seal(fragment: JsonObject): readonly StreamPart[] {
    const signature = readCallSeal(fragment)
    if (signature === undefined) return []
    const index = this.#nextIndex()
    return [{ type: 'reasoning-start', index }, { type: 'reasoning-seal', index, seal: writeCallPayload(signature) }, { type: 'block-end', index }]
  }

  #find(wireIndex: number | undefined, id: string, name: string): OpenCall | undefined {
    const byId = id === '' ? undefined : this.#calls.findLast((call) => call.id === id && (wireIndex === undefined || call.wireIndex === wireIndex))
    if (byId) return byId
    const candidate = wireIndex === undefined ? this.#calls.at(-1) : this.#calls.findLast((call) => call.wireIndex === wireIndex)
    if (!candidate) return undefined
    // A new id together with a name begins a call, whatever its number says.
    const isNew = name !== '' && id !== '' && id !== candidate.id && candidate.id !== ''
    const isUnnumbered = wireIndex === undefined && name !== '' && id === '' && candidate.isStarted && name !== candidate.name
    return isNew || isUnnumbered ? undefined : candidate
  }

  #open(wireIndex: number | undefined, id: string, isCustom: boolean): OpenCall {
    const call = { index: this.#nextIndex(), wireIndex, id, isCustom, name: '', isStarted: false, waiting: '' }
    this.#calls.push(call)
    return call
  }

  /** Calls begin in the order in which they were named, whichever gets its arguments first. */
  #startUpTo(call: OpenCall): readonly StreamPart[] {
    const before = this.#calls.slice(0, this.#calls.indexOf(call)).filter(({ isStarted, name }) => !isStarted && name !== '')
    return [...before, call].flatMap((one) => this.#start(one))
  }

  #start(call: OpenCall): readonly StreamPart[] {
    const parts: StreamPart[] = []
    if (!call.isStarted) {
      const callId = call.id === '' ? fitId(`call_${this.#idBase()}_${call.index}`, 40) : call.id
      const path = `/choices/0/message/tool_calls/${this.#calls.indexOf(call)}`
      parts.push({ type: 'tool-call-start', index: call.index, callId, name: call.name, ...(call.isCustom ? { isCustom: true } : {}), path })
    }
    call.isStarted = true
    if (call.waiting !== '') parts.push({ type: 'tool-call-delta', index: call.index, argumentsText: call.waiting })
    call.waiting = ''
    return parts
  }
}
