import type { ServerResponse } from 'node:http'
import type { SessionStream, SessionStreams, StreamPurpose } from '../../core/sessions/index.ts'
import { sendJson } from '../http/index.ts'
import type { Accepted } from './accepted.ts'
import { openEventStream, type EventStream } from './event-stream.ts'
import { isDroppable, QUIET_MS, requestIdOf, type PostAnswer } from './post-answer.ts'
import { carry } from './stream-carrier.ts'

/** From here on the client holds an event id: whatever breaks after it, the answer is not lost in silence. */
const PRIME_MS = 200

export interface SessionAnswerOptions {
  readonly response: ServerResponse
  readonly accepted: Accepted
  readonly headers: Readonly<Record<string, string>>
  readonly streams: SessionStreams
  readonly purpose: StreamPurpose
  /** The client understands events without data, which let it come back before the first message. */
  readonly primes: boolean
}

/**
 * The answer to one POST of a session: plain JSON when it is quick and alone, else a stream that outlives its connection.
 * The stream is written down before the client hears of it, so that it can be asked for after a crash, too.
 */
export function createSessionAnswer({ response, accepted, headers, streams, purpose, primes }: SessionAnswerOptions): PostAnswer {
  let opened: { readonly stream: SessionStream; readonly events: EventStream } | undefined
  let isFinished = false
  const canOpen = (): boolean => accepted.stream && !response.headersSent && !response.destroyed

  function open(): { readonly stream: SessionStream; readonly events: EventStream } {
    if (opened) return opened
    clearTimeout(timer)
    const stream = streams.open(purpose)
    const events = openEventStream(response, headers, () => undefined)
    const carrier = carry(events)
    response.once('close', () => stream.detach(carrier))
    void stream.known.then(() => {
      if (primes) stream.prime(carrier)
      stream.attach(carrier, undefined)
      if (response.destroyed) stream.detach(carrier)
    })
    return (opened = { stream, events })
  }

  const timer = setTimeout(
    () => {
      if (canOpen()) open()
    },
    primes ? PRIME_MS : QUIET_MS,
  )
  response.once('close', () => clearTimeout(timer))

  return {
    requestId: requestIdOf(response),
    send(message) {
      if (isFinished || (!opened && !canOpen())) return false
      const { stream, events } = open()
      return isDroppable(message, events) || stream.send(message, 'message')
    },
    sendIfStreaming(message) {
      return opened?.stream.send(String(message), 'answer') ?? false
    },
    finish(message, status) {
      if (isFinished) return
      isFinished = true
      clearTimeout(timer)
      if (!opened) {
        if (response.destroyed) return
        if (message !== undefined && (accepted.json || !accepted.stream)) return sendJson(response, status, message, headers)
      }
      const { stream } = open()
      if (message !== undefined) stream.send(String(message), 'answer')
      stream.finish()
    },
  }
}
