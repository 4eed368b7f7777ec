import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { writeSseEvent } from '../sse/index.ts'
import { itemEvents, type ItemEvent } from './stream.items.ts'

/** One event of a response's stream; `data` has its number wherever it was made, or none. */
export interface ResponseEvent {
  readonly type: string
  readonly data: JsonText
}

/** Everything that a stream tells of one response, in its three parts. */
export interface RetoldResponse {
  /** That it is there, and waits where it runs in the background. */
  readonly created: readonly ResponseEvent[]
  /** That it is being made. */
  readonly begun: readonly ResponseEvent[]
  readonly output: readonly ResponseEvent[]
  /** The last event, with all of the response; undefined for one that has not ended. */
  readonly ended: ResponseEvent | undefined
}

const write = ({ type, fields }: ItemEvent): ResponseEvent => ({ type, data: toJsonText({ type, ...fields }) })

/**
 * The dialect has no event for a response that was cancelled: it ends like one that is not whole, with its own status in it. SDKs
 * and agents know these three ends and no other.
 */
const ENDS: Readonly<Record<string, string>> = { completed: 'completed', failed: 'failed', incomplete: 'incomplete', cancelled: 'incomplete' }

const unended = (response: JsonObject, status: 'queued' | 'in_progress'): JsonObject => ({ ...response, status, completed_at: null, error: null, incomplete_details: null, output: [], usage: null })

/** Makes the events of a stream from the response that is known by now. Its texts come in one piece. */
export function retellResponse(body: JsonText): RetoldResponse {
  const value: JsonValue = parseExact(body)
  const response: JsonObject = isJsonObject(value) ? value : {}
  const output = Array.isArray(response['output']) ? response['output'].filter((item: JsonValue) => isJsonObject(item)) : []
  const end = ENDS[typeof response['status'] === 'string' ? response['status'] : '']
  const waits = response['background'] === true
  const event = (name: string, status: 'queued' | 'in_progress'): ResponseEvent => write({ type: `response.${name}`, fields: { response: unended(response, status) } })
  return {
    created: waits ? [event('created', 'queued'), event('queued', 'queued')] : [event('created', 'in_progress')],
    begun: [event('in_progress', 'in_progress')],
    output: output.flatMap((item, index) => itemEvents(item, index)).map(write),
    ended: end === undefined ? undefined : { type: `response.${end}`, data: `{"type":"response.${end}","response":${body}}` as JsonText },
  }
}

/** What is told before the first item, whoever tells it. */
const BEGINNINGS: ReadonlySet<string> = new Set(['response.created', 'response.queued', 'response.in_progress'])

export const isBeginning = ({ type }: ResponseEvent): boolean => BEGINNINGS.has(type)

/** Says that the telling broke off; the response itself may go on. */
export function writeBrokenOff(message: string, sequenceNumber: number): string {
  return writeSseEvent({ event: 'error', data: JSON.stringify({ type: 'error', sequence_number: sequenceNumber, code: 'server_error', message, param: null }) })
}
