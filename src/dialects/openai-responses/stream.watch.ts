import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { EventVerdict, StreamWatch } from '../codec.ts'
import { readSseFrame } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** Every event that can end a stream has one of these words, in its name or its type. Text that has one costs a parse, nothing more. */
const ENDINGS = ['response.completed', 'response.incomplete', 'response.failed', 'error', 'response.cancelled'] as const

const NAME = Buffer.from('event: ')
const NAME_BYTES = 64

/** What begins things, and says nothing yet. */
const PREAMBLE = new Set(['response.created', 'response.queued', 'response.in_progress', 'response.output_item.added', 'response.content_part.added', 'response.reasoning_summary_part.added', 'keepalive'])

/** Cheap and never wrong on the side of silence. A frame that names its event says so at its beginning. */
function couldMatter(frame: Buffer): boolean {
  const isNamed = frame.subarray(0, NAME.length).equals(NAME)
  const looked = isNamed ? frame.subarray(0, NAME_BYTES) : frame
  return ENDINGS.some((word) => looked.includes(word))
}

class ResponsesStreamWatch implements StreamWatch {
  usage: Usage | undefined
  #isFirst = true

  inspect(bytes: Uint8Array, thorough: boolean): EventVerdict {
    const frame = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (!thorough && !couldMatter(frame)) return { kind: 'preamble' }
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
    const type = typeof data['type'] === 'string' ? data['type'] : (name ?? '')
    const response = isJsonObject(data['response']) ? data['response'] : {}
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
        this.usage = decodeUsage(response['usage']) ?? this.usage
        return { kind: 'terminal' }
      case 'response.failed':
      case 'response.cancelled':
        this.usage = decodeUsage(response['usage']) ?? this.usage
        return { kind: 'fault', fault: decodeFault(response['error'] ?? { message: `The response ended as ${type.slice('response.'.length)}.`, type: 'server_error' }) }
      case 'error':
        return { kind: 'fault', fault: decodeFault(data['error'] ?? data) }
      default:
        if (data['error'] !== undefined && data['error'] !== null) return { kind: 'fault', fault: decodeFault(data['error']) }
        return { kind: PREAMBLE.has(type) ? 'preamble' : 'content' }
    }
  }
}

export function createStreamWatch(): StreamWatch {
  return new ResponsesStreamWatch()
}
