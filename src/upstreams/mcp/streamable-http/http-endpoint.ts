import { Pool, type Dispatcher } from 'undici'
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
  /** Instead of the endpoint's own; always of the same origin. */
  readonly path?: string
}

/** One MCP address. It sends bytes and reads messages; it knows no sessions and no eras, and follows redirects only within its origin. */
export interface HttpEndpoint extends AsyncDisposable {
  readonly url: URL
  ask(ask: HttpAsk, reader: AnswerReader): HttpExchange
}

export interface HttpEndpointOptions {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly messageBytes: number
  readonly connectMs: number
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
  const id = answer?.events?.lastEventId
  return id === undefined ? undefined : { lastEventId: id, retryMs: answer?.events?.retryMs }
}

export function createHttpEndpoint({ url, headers, messageBytes, connectMs }: HttpEndpointOptions): HttpEndpoint {
  // Both of undici's own timers end long calls and quiet streams after 300 s; calls have their own deadlines.
  const pool = new Pool(url.origin, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } })
  const configured = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  let ownPath = `${url.pathname}${url.search}`

  function redirected(asked: HttpAsk, answer: Answer): string | undefined {
    const location = answer.headers['location']
    if (![301, 302, 307, 308].includes(answer.status) || typeof location !== 'string') return undefined
    const from = new URL(asked.path ?? ownPath, url)
    if (!URL.canParse(location, from.href)) return undefined
    const target = new URL(location, from)
    if (target.origin !== url.origin) return undefined
    const path = `${target.pathname}${target.search}`
    if (asked.path === undefined && (answer.status === 301 || answer.status === 308)) ownPath = path
    return path
  }

  function ask(asked: HttpAsk, reader: AnswerReader, redirects = 0): HttpExchange {
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

    function breakOff(reason: string): void {
      const error = new Error(reason)
      end({ kind: 'failed', error, isDelivered: true, resume: undefined })
      controller?.abort(error)
    }

    const oversize = (): void => breakOff(`it sent a message of more than ${messageBytes} bytes; \`limits.messageBytes\` sets the cap`)

    function begin(status: number, answerHeaders: HttpHeaders): void {
      reader.head?.(status, answerHeaders)
      const type = isCompressed(answerHeaders) ? 'other' : typeOf(status, answerHeaders)
      const sink = {
        event: (event: StreamEvent): void => {
          if (over) return
          if (event.event === 'message') reader.message(event.data)
          else reader.event?.(event)
        },
        oversize,
      }
      const events = type === 'events' ? createEventReader(messageBytes, sink) : undefined
      answer = { status, headers: answerHeaders, type, events, pieces: [], held: 0 }
    }

    function take(current: Answer, chunk: Buffer): void {
      if (current.events) return current.events.push(chunk)
      current.held += chunk.length
      if (current.type === 'other') {
        if (current.held <= REFUSAL_BYTES) current.pieces.push(chunk)
        else finish(current)
        return
      }
      if (current.held > messageBytes) return oversize()
      current.pieces.push(chunk)
    }

    function finish(current: Answer): void {
      const path = redirects < MAX_REDIRECTS ? redirected(asked, current) : undefined
      if (path !== undefined) {
        over = true
        follow = ask({ ...asked, path }, reader, redirects + 1)
        return
      }
      const body = Buffer.concat(current.pieces).toString('utf8')
      const { status } = current
      const isMessage = current.type !== 'other' || (status >= 200 && status <= 299 && current.held === 0)
      if (!isMessage) {
        end({ kind: 'refused', status, headers: current.headers, body: isCompressed(current.headers) ? '(a compressed body, although none was asked for)' : body })
        controller?.abort(new Error('the rest of a refusal is not read'))
        return
      }
      if (current.type === 'json' && body.trim() !== '') reader.message(body)
      end({ kind: 'done', status, resume: resumePoint(current) })
    }

    pool.dispatch(
      {
        method: asked.method,
        path: asked.path ?? ownPath,
        headers: { ...configured, 'accept-encoding': 'identity', ...asked.headers },
        body: asked.body ?? null,
      },
      {
        onRequestStart(started) {
          controller = started
          if (over) started.abort(new Error('aborted'))
          isStarted = true
        },
        onResponseStart(_, status, answerHeaders) {
          if (status >= 200 && !over) begin(status, answerHeaders)
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

  return {
    url,
    ask: (asked, reader) => ask(asked, reader),
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}
