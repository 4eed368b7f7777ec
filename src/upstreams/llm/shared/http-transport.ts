import type { Socket } from 'node:net'
import { buildConnector, Pool } from 'undici'
import type { AnswerSink, ForwardRequest, SentRequest, WireHeaders } from '../upstream.ts'
import type { AnswerTimeouts } from './answer-timers.ts'
import { HttpAnswer } from './http-answer.ts'
import { passFileHeaders, passResponseHeaders } from './response-headers.ts'

export interface HttpTransportOptions {
  readonly provider: string
  /** With or without a path, which is kept: `https://example.com/api/v1`. */
  readonly baseUrl: string
  readonly timeouts: AnswerTimeouts
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Appended to the base address. */
  readonly path: string
  readonly headers: WireHeaders
  readonly body: readonly Uint8Array[]
  readonly signal: AbortSignal
}

/** A request whose body passes while it comes; undefined for none. */
export interface HttpForward extends Omit<HttpRequest, 'method' | 'body'> {
  readonly method: ForwardRequest['method']
  readonly body: AsyncIterable<Uint8Array> | undefined
}

/** Connections to one provider. It sends and receives bytes with timers and caps; it follows no redirect and repeats nothing. */
export interface HttpTransport extends AsyncDisposable {
  send(request: HttpRequest, sink: AnswerSink): SentRequest
  forward(request: HttpForward, sink: AnswerSink): SentRequest
  /** Takes no new request and settles when those in flight have finished. */
  retire(): Promise<void>
}

/** Below this one write of a joined body is cheaper than several. */
const JOIN_BYTES = 64 * 1024
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const MAX_ANSWER_MS = 60 * 60 * 1000
/** Files are larger than answers and take longer. */
const MAX_FILE_BYTES = 8 * 1024 * 1024 * 1024
const MAX_FILE_MS = 6 * 60 * 60 * 1000
const KEEP_ALIVE_MS = 30_000

/**
 * Remembers for each socket error whether the socket had brought an answer before. A server may close a kept-alive
 * connection just when the next request goes out; that request was never read and may be sent again.
 */
function createReuseMemory(): { readonly wasReused: (error: Error) => boolean; readonly watch: (socket: Socket) => void } {
  const reused = new WeakSet<Error>()
  return {
    wasReused(error) {
      if (reused.has(error)) return true
      const socket: unknown = 'socket' in error ? error.socket : undefined
      return typeof socket === 'object' && socket !== null && 'bytesRead' in socket && Number(socket.bytesRead) > 0
    },
    watch(socket) {
      socket.prependListener('error', (error: Error) => {
        if (socket.bytesRead > 0) reused.add(error)
      })
    },
  }
}

/** Undici's own 300 s timers are off (they kill slow local models) and no proxy of the environment is followed. */
function createPool(origin: string, connectMs: number, watch: (socket: Socket) => void): Pool {
  const connector = buildConnector({ timeout: connectMs, allowH2: false })
  return new Pool(origin, {
    connect: (options, callback) => {
      connector(options, (...outcome) => {
        if (outcome[0] === null) {
          outcome[1].setNoDelay(true)
          watch(outcome[1])
        }
        callback(...outcome)
      })
    },
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    allowH2: false,
  })
}

function joinBody(pieces: readonly Uint8Array[], bytes: number): Buffer | Iterable<Uint8Array> {
  return bytes <= JOIN_BYTES ? Buffer.concat(pieces) : pieces
}

function writeHeaders(headers: WireHeaders, bytes: number): Record<string, string | string[]> {
  const written: Record<string, string | string[]> = bytes === 0 ? {} : { 'content-length': String(bytes) }
  for (const [name, value] of Object.entries(headers)) written[name] = typeof value === 'string' ? value : [...value]
  return written
}

async function* tellEnd(body: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } finally {
    onEnd()
  }
}

export function createHttpTransport({ provider, baseUrl, timeouts }: HttpTransportOptions): HttpTransport {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const { wasReused, watch } = createReuseMemory()
  const pool = createPool(base.origin, timeouts.connectMs, watch)
  const answerOptions = { provider, timeouts, maxBytes: MAX_ANSWER_BYTES, maxMs: MAX_ANSWER_MS, passHeaders: passResponseHeaders, wasReused }
  const fileOptions = { ...answerOptions, maxBytes: MAX_FILE_BYTES, maxMs: MAX_FILE_MS, passHeaders: passFileHeaders }
  const pathOf = (path: string): string => `${prefix}${path}${path.includes('?') ? base.search.replace('?', '&') : base.search}`
  return {
    send({ method, path, headers, body, signal }, sink) {
      const bytes = body.reduce((sum, piece) => sum + piece.length, 0)
      const answer = new HttpAnswer(sink, signal, answerOptions)
      pool.dispatch(
        {
          method,
          path: pathOf(path),
          headers: writeHeaders(headers, bytes),
          // The type leaves out iterables of bytes; the documentation and the code take them.
          body: bytes === 0 ? null : (joinBody(body, bytes) as Buffer),
        },
        answer,
      )
      return answer
    },
    forward({ method, path, headers, body, signal }, sink) {
      const answer = new HttpAnswer(sink, signal, fileOptions)
      if (body) answer.uploads(true)
      pool.dispatch({ method, path: pathOf(path), headers: writeHeaders(headers, 0), body: body ? (tellEnd(body, () => answer.uploads(false)) as unknown as Buffer) : null }, answer)
      return answer
    },
    retire: () => pool.close(),
    async [Symbol.asyncDispose]() {
      await pool.destroy()
    },
  }
}
