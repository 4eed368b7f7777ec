import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import { GroundingWriter } from './response.grounding.ts'
import { writeSignature } from './signature.ts'

interface OpenCall {
  readonly type: 'call'
  readonly index: number
  readonly callId: string
  readonly name: string
  readonly path: string | undefined
  readonly signature: string | undefined
  text: string
  isComplete: boolean
}

interface OpenThought {
  readonly index: number
  readonly isRedacted: boolean
  text: string
}

function readArguments(text: string): JsonObject | undefined {
  if (text.trim() === '') return {}
  try {
    const value: unknown = parseExact(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What waits behind a call that is not complete. */
interface Said {
  readonly type: 'said'
  readonly part: JsonObject
}

/**
 * Writes what a model says as parts of a content. Calls come whole, and everything in the order in which it began; a call that is no
 * JSON waits for the end, which tells whether it was cut.
 */
export class PartWriter {
  readonly #context: AnswerContext
  readonly #losses: AnswerLosses
  readonly #grounding: GroundingWriter
  readonly #queue: (OpenCall | Said)[] = []
  #thought: OpenThought | undefined
  /** The seal of a thought. It sits on the next part, with the thought inside: clients give thoughts up sooner than what they were about. */
  #signature: string | undefined

  constructor(context: AnswerContext, losses: AnswerLosses) {
    this.#context = context
    this.#losses = losses
    this.#grounding = new GroundingWriter(losses)
  }

  push(part: StreamPart): readonly JsonObject[] {
    switch (part.type) {
      case 'text-delta':
        this.#grounding.say(part.index, part.text)
        return part.text === '' ? [] : this.#say({ text: part.text, ...this.#takeSignature() })
      case 'citation':
        this.#grounding.cite(part.index, part.citation)
        return []
      case 'search':
        this.#grounding.search(part.search)
        return []
      case 'reasoning-start':
        this.#thought = { index: part.index, isRedacted: part.isRedacted === true, text: '' }
        return this.#flushSignature()
      case 'reasoning-delta':
        return this.#think(part.text)
      case 'reasoning-seal':
        this.#seal(part.seal)
        return []
      case 'tool-call-start':
        this.#queue.push({ type: 'call', index: part.index, callId: part.callId, name: part.name, path: part.path, signature: this.#takeSignature().thoughtSignature, text: '', isComplete: false })
        return []
      case 'tool-call-delta':
        return this.#continueCall(part.index, part.argumentsText)
      case 'block-end':
        return this.#endBlock(part.index)
      case 'native':
        if (this.#context.keepsNative === true && isJsonObject(part.value)) return this.#say(part.value)
        this.#losses.native(part)
        return []
      default:
        return []
    }
  }

  /** Half a call that the limit cut must not be executed: it is left out. */
  end({ unified }: FinishReason): readonly JsonObject[] {
    const rest = this.#queue.splice(0).flatMap((item) => (item.type === 'said' ? [item.part] : this.#endCall(item, unified === 'length')))
    return [...rest, ...this.#flushSignature()]
  }

  /** What of the candidate rests on a search; complete at its end. */
  writeGrounding(): JsonObject {
    return this.#grounding.write()
  }

  #say(part: JsonObject): readonly JsonObject[] {
    if (this.#queue.length === 0) return [part]
    this.#queue.push({ type: 'said', part })
    return []
  }

  #endCall(call: OpenCall, isCut: boolean): readonly JsonObject[] {
    const args = readArguments(call.text)
    if (args) return [writeCall(call, args)]
    if (isCut) {
      this.#losses.dropped(call.path ?? '/content', 'its arguments were cut')
      return []
    }
    this.#losses.toldRaw(call.path)
    return [writeCall(call, { _raw: call.text })]
  }

  #think(text: string): readonly JsonObject[] {
    if (text === '') return []
    if (this.#thought) this.#thought.text += text
    return this.#say({ text, thought: true })
  }

  #seal(payload: string): void {
    const { seals, origin } = this.#context
    const text = this.#thought?.text === '' ? undefined : this.#thought?.text
    this.#signature = writeSignature(seals.wrap(payload, origin, text), this.#thought?.isRedacted === true)
  }

  /** On a text without words, where nothing follows that it could sit on. */
  #flushSignature(): readonly JsonObject[] {
    const signature = this.#takeSignature()
    return signature.thoughtSignature === undefined ? [] : this.#say({ text: '', ...signature })
  }

  #takeSignature(): { readonly thoughtSignature?: string } {
    const thoughtSignature = this.#signature
    this.#signature = undefined
    return thoughtSignature === undefined ? {} : { thoughtSignature }
  }

  #continueCall(index: number, text: string): readonly JsonObject[] {
    const call = this.#find(index)
    if (call) call.text += text
    return []
  }

  #find(index: number): OpenCall | undefined {
    return this.#queue.find((item) => item.type === 'call' && item.index === index) as OpenCall | undefined
  }

  /** Lets go what has waited, as far as the next call that is not complete or no JSON. */
  #endBlock(index: number): readonly JsonObject[] {
    if (this.#thought?.index === index) this.#thought = undefined
    const call = this.#find(index)
    if (call) call.isComplete = true
    const written: JsonObject[] = []
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const args = head.type === 'call' && head.isComplete ? readArguments(head.text) : undefined
      if (head.type === 'call' && !args) break
      written.push(head.type === 'said' ? head.part : writeCall(head, args ?? {}))
      this.#queue.shift()
    }
    return written
  }
}

function writeCall({ callId, name, signature }: OpenCall, args: JsonObject): JsonObject {
  return { functionCall: { id: callId, name, args }, ...(signature === undefined ? {} : { thoughtSignature: signature }) }
}
