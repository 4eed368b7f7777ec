import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { EventVerdict, StreamWatch } from '../codec.ts'
import { readSseFrame } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { decodeUsage, mergeUsage } from './usage.ts'

/** The event's own name says that it is a piece of content; anything else may carry usage, an error or the end. */
const PIECE = Buffer.from('event: content_block_')

class MessagesStreamWatch implements StreamWatch {
  #raw: JsonObject | undefined
  #usage: Usage | undefined
  #isFirst = true

  get usage(): Usage | undefined {
    return (this.#usage ??= decodeUsage(this.#raw))
  }

  inspect(bytes: Uint8Array, thorough: boolean): EventVerdict {
    const frame = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (!thorough && frame.subarray(0, PIECE.length).equals(PIECE)) return { kind: 'preamble' }
    const event = readSseFrame(frame, isFirst)
    // Some compatible servers close with the other dialect's `[DONE]`, and write keep-alives as data.
    if (event === undefined || event.data.trim() === '' || event.data.startsWith(':') || event.data.trim() === '[DONE]') return { kind: 'empty' }
    let data: unknown
    try {
      data = JSON.parse(event.data)
    } catch {
      return { kind: 'malformed' }
    }
    return isJsonObject(data) ? this.#judge(data, event.event) : { kind: 'malformed' }
  }

  #judge(data: JsonObject, name: string | undefined): EventVerdict {
    const type = typeof data['type'] === 'string' ? data['type'] : name
    switch (type) {
      case 'error':
        return { kind: 'fault', fault: decodeFault(data) }
      case 'message_start':
        if (isJsonObject(data['message'])) this.#note(data['message']['usage'])
        return { kind: 'preamble' }
      case 'message_delta':
        this.#note(data['usage'])
        return { kind: 'preamble' }
      case 'message_stop':
        return { kind: 'terminal' }
      case 'content_block_start':
      case 'content_block_delta':
        return { kind: 'content' }
      default:
        return { kind: 'preamble' }
    }
  }

  #note(usage: JsonValue | undefined): void {
    if (!isJsonObject(usage)) return
    this.#raw = mergeUsage(this.#raw, usage)
    this.#usage = undefined
  }
}

export function createStreamWatch(): StreamWatch {
  return new MessagesStreamWatch()
}
