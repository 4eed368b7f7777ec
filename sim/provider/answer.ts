import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { writeChatError, writeChatEvents, writeChatWhole } from './chat-wire.ts'
import { writeMessagesError, writeMessagesEvents, writeMessagesWhole } from './messages-wire.ts'
import { planReply } from './reply.ts'
import type { Script } from './script.ts'

export type SimulatedDialect = 'openai-chat' | 'anthropic-messages'

/** An answer as bytes of its dialect, faults not yet applied. */
export interface Answer {
  readonly stream: boolean
  readonly whole: string
  /** One text per event, in wire form with its blank line. */
  readonly events: readonly string[]
  readonly usage: { readonly input: number; readonly output: number }
  error(status: number): string
  errorEvent(): string
}

const NEWLINES = { lf: '\n', crlf: '\r\n', cr: '\r' } as const

const TYPES: Readonly<Record<number, readonly [chat: string, code: string, messages: string]>> = {
  400: ['invalid_request_error', 'invalid_request', 'invalid_request_error'],
  401: ['invalid_request_error', 'invalid_api_key', 'authentication_error'],
  403: ['permission_error', 'permission_denied', 'permission_error'],
  404: ['invalid_request_error', 'model_not_found', 'not_found_error'],
  429: ['rate_limit_error', 'rate_limit_exceeded', 'rate_limit_error'],
  529: ['server_error', 'overloaded', 'overloaded_error'],
}

function writeEvent(data: string, name: string | undefined, script: Script): string {
  const end = NEWLINES[script.newline ?? 'lf']
  const comment = script.comments === true ? `: SIMULATOR PROCESSING${end}${end}` : ''
  return `${comment}${name === undefined ? '' : `event: ${name}${end}`}data: ${data}${end}${end}`
}

export function prepareAnswer(dialect: SimulatedDialect, id: string, model: string, request: JsonObject, script: Script): Answer {
  const reply = planReply(id, model, request, script)
  const options = request['stream_options']
  const includeUsage = isJsonObject(options) && options['include_usage'] === true
  const error = (status: number): string => {
    const [type, code, messagesType] = TYPES[status] ?? ['server_error', 'server_error', 'api_error']
    const message = `The simulator was told to fail with ${status}.`
    return dialect === 'openai-chat' ? writeChatError(message, type, code) : writeMessagesError(message, messagesType)
  }
  const common = { stream: request['stream'] === true, usage: reply.usage, error }
  if (dialect === 'openai-chat') {
    return {
      ...common,
      whole: writeChatWhole(reply, script),
      events: writeChatEvents(reply, script, includeUsage).map((data) => writeEvent(data, undefined, script)),
      errorEvent: () => writeEvent(script.body ?? error(529), undefined, script),
    }
  }
  return {
    ...common,
    whole: writeMessagesWhole(reply),
    events: writeMessagesEvents(reply).map(({ data, event }) => writeEvent(data, event, script)),
    errorEvent: () => writeEvent(script.body ?? error(529), 'error', script),
  }
}
