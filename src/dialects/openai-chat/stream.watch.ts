import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { EventVerdict, StreamWatch } from '../codec.ts'
import { readSseFrame } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** What a delta may carry that a person or a program waits for. Reasoning goes by several names. */
const CONTENT_MEMBERS = ['content', 'reasoning_content', 'reasoning', 'reasoning_details', 'refusal', 'tool_calls', 'function_call', 'audio'] as const

const QUOTE = 0x22
const OPEN_BRACE = 0x7b

const isFilled = (value: JsonValue | undefined): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

function hasContent(choice: JsonObject): boolean {
  const delta = choice['delta'] ?? choice['message']
  if (isFilled(choice['text'])) return true
  return isJsonObject(delta) && CONTENT_MEMBERS.some((member) => isFilled(delta[member]))
}

/** `"usage"` with its quotes cannot stand inside a JSON string, where they would be escaped: it is a key, or a whole value. */
function startsAfterKey(frame: Buffer, key: string, start: number): boolean {
  let at = frame.indexOf(key)
  while (at >= 0) {
    let next = at + key.length
    while (frame[next] === 0x20 || frame[next] === 0x3a) next++
    if (frame[next] === start) return true
    at = frame.indexOf(key, next)
  }
  return false
}

/** Cheap and never wrong on the side of silence: whether a frame could hold more than one more piece of text. */
function couldMatter(frame: Buffer): boolean {
  if (frame.length < 64 && frame.includes('[DONE]')) return true
  return (
    startsAfterKey(frame, '"usage"', OPEN_BRACE) ||
    startsAfterKey(frame, '"finish_reason"', QUOTE) ||
    startsAfterKey(frame, '"error"', OPEN_BRACE) ||
    startsAfterKey(frame, '"error"', QUOTE)
  )
}

function judgeChoices(chunk: JsonObject): EventVerdict {
  const choices = (Array.isArray(chunk['choices']) ? chunk['choices'] : []).filter((choice) => isJsonObject(choice))
  if (choices.some((choice) => choice['finish_reason'] === 'error')) {
    return { kind: 'fault', fault: decodeFault({ message: 'The model stopped with an error.', type: 'server_error' }) }
  }
  const finished = choices.filter((choice) => typeof choice['finish_reason'] === 'string').length
  if (finished > 0) return { kind: 'finish', choices: finished }
  return { kind: choices.some((choice) => hasContent(choice)) ? 'content' : 'preamble' }
}

class ChatStreamWatch implements StreamWatch {
  usage: Usage | undefined
  #isFirst = true

  inspect(bytes: Uint8Array, thorough: boolean): EventVerdict {
    const frame = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (!thorough && !couldMatter(frame)) return { kind: 'preamble' }
    const event = readSseFrame(frame, isFirst)
    // A keep-alive written as data, `data: : keepalive`, is none of ours to judge.
    if (event === undefined || event.data.trim() === '' || event.data.startsWith(':')) return { kind: 'empty' }
    if (event.data.trim() === '[DONE]') return { kind: 'terminal' }
    return this.#judge(event.data, event.event)
  }

  #judge(data: string, name: string | undefined): EventVerdict {
    let chunk: unknown
    try {
      chunk = JSON.parse(data)
    } catch {
      return { kind: 'malformed' }
    }
    if (!isJsonObject(chunk)) return { kind: 'malformed' }
    const error = chunk['error']
    if (error !== undefined && error !== null) return { kind: 'fault', fault: decodeFault(error) }
    if (name === 'error') return { kind: 'fault', fault: decodeFault(chunk) }
    const usage = decodeUsage(chunk['usage'])
    if (usage) this.usage = usage
    const isUsageOnly = usage !== undefined && Array.isArray(chunk['choices']) && chunk['choices'].length === 0
    return isUsageOnly ? { kind: 'usage-only' } : judgeChoices(chunk)
  }
}

export function createStreamWatch(): StreamWatch {
  return new ChatStreamWatch()
}
