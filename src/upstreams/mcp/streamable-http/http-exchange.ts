import type { Dispatcher } from 'undici'
import { createEventReader, type EventReader, type StreamEvent } from './event-stream.ts'

export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** How an answer ended. */
export type AnswerEnd =
  /** It came whole; `resume` says where a stream can be taken up that ended too early. */
  | { readonly kind: 'done'; readonly status: number; readonly resume: ResumePoint | undefined }
  /** An answer that carries no messages: a status beyond 2xx, a redirect that may not be followed, a type that is not MCP's. */
  | { readonly kind: 'refused'; readonly status: number; readonly headers: HttpHeaders; readonly body: string }
  /** Nobody answered, or the connection broke. `isDelivered` is false only when no byte can have left. */
  | { readonly kind: 'failed'; readonly error: Error; readonly isDelivered: boolean; readonly resume: ResumePoint | undefined }

export interface ResumePoint {
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

/** Receives one answer. Nothing is called after `end` or an abort. */
export interface AnswerReader {
  head?(status: number, headers: HttpHeaders): void
  message(text: string): void
  /** Events that are no messages, such as `endpoint`. */
  event?(event: StreamEvent): void
  end(end: AnswerEnd): void
}

export interface HttpExchange {
  abort(): void
}

export interface HttpAsk {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly path: string
}


/** What one exchange needs to know of its endpoint. */
export interface ExchangeContext {
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
  readonly messageBytes: number
  /** Where a redirect leads, if it may be followed. */
  readonly redirect: (asked: HttpAsk, status: number, headers: HttpHeaders) => string | undefined
}

const REFUSAL_BYTES = 64 * 1024
const MAX_REDIRECTS = 3

interface Answer {
  readonly status: number
  readonly headers: HttpHeaders
  readonly type: 'json' | 'events' | 'other'
  readonly events: EventReader | undefined
  readonly pieces: Buffer[]
  held: number
}

function typeOf(status: number, headers: HttpHeaders): Answer['type'] {
  if (status < 200 || status > 299) return 'other'
  const contentType = String(headers['content-type'] ?? '').toLowerCase()
  if (contentType.startsWith('text/event-stream')) return 'events'
  return contentType.startsWith('application/json') ? 'json' : 'other'
}

/** A compressed answer was not asked for, and inflating one could cost any amount of memory. */
function isCompressed(headers: HttpHeaders): boolean {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  return encoding !== 'identity' && encoding !== ''
}

function resumePoint(answer: Answer | undefined): ResumePoint | undefined {
  const id = answer?.events?.lastEventId()
  return id === undefined ? undefined : { lastEventId: id, retryMs: answer?.events?.retryMs() }
}

/** A body that says nothing and a status that says yes: an accepted notification. */
function isAccepted({ status, held }: Answer): boolean {
  return status >= 200 && status <= 299 && held === 0
}

function readBody({ pieces, headers }: Answer): string {
  return isCompressed(headers) ? '(a compressed body, although none was asked for)' : Buffer.concat(pieces).toString('utf8')
}

/** Sends one request and reads its answer, whatever it is, into the reader. */
export function runExchange(context: ExchangeContext, asked: HttpAsk, reader: AnswerReader, redirects = 0): HttpExchange {
  const { messageBytes } = context
  let controller: Dispatcher.DispatchController | undefined
  let follow: HttpExchange | undefined
  let answer: Answer | undefined
  let isStarted = false
  let over = false

  function end(result: AnswerEnd): void {
    if (over) return
    over = true
    reader.end(result)
  }

  function oversize(): void {
    const error = new Error(`it sent a message of more than ${messageBytes} bytes; \`limits.messageBytes\` sets the cap`)
    end({ kind: 'failed', error, isDelivered: true, resume: undefined })
    controller?.abort(error)
  }

  function onEvent(event: StreamEvent): void {
    if (over) return
    if (event.event === 'message') reader.message(event.data)
    else reader.event?.(event)
  }

  function begin(status: number, headers: HttpHeaders): void {
    reader.head?.(status, headers)
    const type = isCompressed(headers) ? 'other' : typeOf(status, headers)
    const events = type === 'events' ? createEventReader(messageBytes, { event: onEvent, oversize }) : undefined
    answer = { status, headers, type, events, pieces: [], held: 0 }
  }

  function take(current: Answer, chunk: Buffer): void {
    if (current.events) return current.events.push(chunk)
    current.held += chunk.length
    const isRefusal = current.type === 'other'
    if (current.held <= (isRefusal ? REFUSAL_BYTES : messageBytes)) return void current.pieces.push(chunk)
    if (isRefusal) finish(current)
    else oversize()
  }

  function finish(current: Answer): void {
    const { status, headers } = current
    const path = redirects < MAX_REDIRECTS ? context.redirect(asked, status, headers) : undefined
    if (path !== undefined) {
      over = true
      follow = runExchange(context, { ...asked, path }, reader, redirects + 1)
      return
    }
    const body = readBody(current)
    if (current.type === 'other' && !isAccepted(current)) {
      end({ kind: 'refused', status, headers, body })
      controller?.abort(new Error('the rest of a refusal is not read'))
      return
    }
    if (current.type === 'json' && body.trim() !== '') reader.message(body)
    end({ kind: 'done', status, resume: resumePoint(current) })
  }

  const headers = { ...context.headers, 'accept-encoding': 'identity', ...asked.headers }
  context.dispatcher.dispatch(
    { method: asked.method, path: asked.path, headers, body: asked.body ?? null },
    {
      onRequestStart(started) {
        controller = started
        isStarted = true
        if (over) started.abort(new Error('aborted'))
      },
      onResponseStart(_, status, answered) {
        if (status >= 200 && !over) begin(status, answered)
      },
      onResponseData(_, chunk) {
        if (answer && !over) take(answer, chunk)
      },
      onResponseEnd() {
        if (answer && !over) finish(answer)
      },
      onResponseError(_, error) {
        end({ kind: 'failed', error, isDelivered: isStarted, resume: resumePoint(answer) })
      },
    },
  )
  return {
    abort() {
      follow?.abort()
      if (over) return
      over = true
      controller?.abort(new Error('aborted'))
    },
  }
}
