import type { ServerResponse } from 'node:http'
import type { ClientChannel, MessageText } from '../../core/mcp-endpoint/index.ts'
import { sendJson } from '../http/index.ts'
import type { Accepted } from './accepted.ts'
import { openEventStream, type EventStream } from './event-stream.ts'

/** A quiet answer becomes a stream in time for its first keep-alive, so that nothing between us and the client gives up. */
export const QUIET_MS = 14_000
/** A client that reads so slowly loses progress and log messages, but no answer and no question. */
const MAX_PENDING_BYTES = 1_048_576

/** As the answer carries it. */
export function requestIdOf(response: ServerResponse): string | undefined {
  const id = response.getHeader('x-trunkline-request-id')
  return typeof id === 'string' ? id : undefined
}

/** True for a message that a client reads too slowly for, and can do without. */
export function isDroppable(message: string, events: EventStream): boolean {
  return events.pendingBytes() > MAX_PENDING_BYTES && message.startsWith('{"jsonrpc":"2.0","method"')
}

/**
 * The answer to one POST. It is plain JSON as long as nothing but the answer is to be sent, and an event stream as soon as
 * something must go before it; a status other than 200 is only possible in the first case.
 */
export interface PostAnswer extends ClientChannel {
  /** Ends the answer. Undefined sends nothing: the client cancelled its request. */
  finish(message: MessageText | undefined, status: number): void
  /** Sends one answer of several without ending; false when it must be part of the JSON at the end. */
  sendIfStreaming(message: MessageText): boolean
}

export function createPostAnswer(response: ServerResponse, accepted: Accepted, headers: Readonly<Record<string, string>>): PostAnswer {
  let stream: EventStream | undefined
  let isFinished = false
  const open = (): EventStream => {
    clearTimeout(timer)
    return (stream ??= openEventStream(response, headers, () => undefined))
  }
  const canOpen = (): boolean => accepted.stream && !response.headersSent && !response.destroyed
  const timer = setTimeout(() => {
    if (canOpen()) open()
  }, QUIET_MS)
  response.once('close', () => clearTimeout(timer))

  return {
    requestId: requestIdOf(response),
    send(message) {
      if (isFinished || (!stream && !canOpen())) return false
      const target = open()
      return isDroppable(message, target) || target.send(message)
    },
    sendIfStreaming: (message) => stream?.send(String(message)) ?? false,
    finish(message, status) {
      if (isFinished) return
      isFinished = true
      clearTimeout(timer)
      if (response.destroyed) return
      if (!stream && message !== undefined && (accepted.json || !accepted.stream)) return sendJson(response, status, message, headers)
      const target = open()
      if (message !== undefined) target.send(String(message))
      target.end()
    },
  }
}
