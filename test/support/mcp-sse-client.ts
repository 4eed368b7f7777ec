import { createParser } from './sse-events.ts'
import type { Json } from './mcp-raw-client.ts'

/** A client of the HTTP+SSE transport by hand: one stream, and posts that are answered on it. */
export interface SseRawClient extends Disposable {
  /** Where to post, as the stream told it. */
  readonly endpoint: string
  /** Everything that came, in its order. */
  readonly heard: readonly Json[]
  /** Settles when the stream ended: true when it did so cleanly. */
  readonly ended: Promise<boolean>
  /** The status of the POST. */
  post(message: unknown, headers?: Record<string, string>): Promise<number>
  /** Posts a request, and settles with its answer. */
  request(message: Json, onMessage?: (message: Json) => void): Promise<Json>
  /** Until it is called, everything goes to the listener. */
  onMessage(listener: (message: Json) => void): () => void
}

type Headers = Readonly<Record<string, string>>

const DEADLINE_MS = 90_000

/** Opens the stream and waits for its first event. Nothing was initialized yet. */
export async function openSse(url: string, headers: Headers = {}): Promise<SseRawClient> {
  const controller = new AbortController()
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: controller.signal })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  const heard: Json[] = []
  const listeners = new Set<(message: Json) => void>()
  const first = Promise.withResolvers<string>()
  let isFirst = true
  const parser = createParser((data) => {
    if (isFirst) {
      isFirst = false
      return first.resolve(data)
    }
    const message = JSON.parse(data) as Json
    heard.push(message)
    for (const listener of listeners) listener(message)
  })
  const read = async (): Promise<boolean> => {
    try {
      for await (const chunk of response.body ?? []) parser.push(chunk as Uint8Array)
      return true
    } catch {
      return false
    } finally {
      first.reject(new Error('The stream ended before its first event.'))
    }
  }
  const ended = read()
  const endpoint = new URL(await first.promise, url).href

  const onMessage = (listener: (message: Json) => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const post = async (message: unknown, more: Headers = {}): Promise<number> => {
    const body = typeof message === 'string' ? message : JSON.stringify(Array.isArray(message) ? message : { jsonrpc: '2.0', ...(message as Json) })
    const posted = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json', ...headers, ...more }, body })
    await posted.text()
    return posted.status
  }
  return {
    endpoint,
    heard,
    ended,
    post,
    onMessage,
    async request(message, listener) {
      const answered = Promise.withResolvers<Json>()
      const stop = onMessage((come) => {
        if (come['id'] === message['id'] && come['method'] === undefined) answered.resolve(come)
        else listener?.(come)
      })
      const timer = setTimeout(() => answered.reject(new Error(`no answer to ${JSON.stringify(message)}`)), DEADLINE_MS)
      void ended.then(() => answered.reject(new Error(`the stream ended before the answer to ${JSON.stringify(message)}`)))
      try {
        const status = await post(message)
        if (status !== 202) throw new Error(`${status} for ${JSON.stringify(message)}`)
        return await answered.promise
      } finally {
        clearTimeout(timer)
        stop()
      }
    },
    [Symbol.dispose]: () => controller.abort(),
  }
}

/** Goes through `initialize`. */
export async function connectSse(url: string, capabilities: Json = {}, protocolVersion = '2024-11-05', headers: Headers = {}): Promise<SseRawClient> {
  const client = await openSse(url, headers)
  const { error } = await client.request({ id: 'init', method: 'initialize', params: { protocolVersion, capabilities, clientInfo: { name: 'raw-sse', version: '1' } } })
  if (error !== undefined) throw new Error(JSON.stringify(error))
  await client.post({ method: 'notifications/initialized' })
  return client
}
