import { connectRaw, modernRequest, type Json } from '../../support/mcp-raw-client.ts'

/** What one request came to, whatever the era. */
export interface Outcome {
  readonly result: Json | undefined
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined
  /** Everything that came before the answer, over all rounds. */
  readonly before: readonly Json[]
  /** What the server asked, over all rounds. */
  readonly questions: readonly { readonly method: string; readonly params: Json }[]
}

export interface AskOptions {
  readonly answer?: (method: string, params: Json) => Json
  readonly signal?: AbortSignal
  readonly onMessage?: (message: Json) => void
  readonly meta?: Json
  /** Instead of everything. */
  readonly capabilities?: Json
}

/** A client of either era on one address, by hand, with the same words for both. */
export interface MatrixClient {
  readonly era: 'legacy' | 'modern'
  ask(method: string, params?: Json, options?: AskOptions): Promise<Outcome>
  /** Sends a request and cancels it in the era's way once it made progress. */
  askAndCancel(method: string, params: Json): Promise<void>
  notify(method: string): Promise<number>
  /** What belongs to no request: a legacy client's GET stream, or a listen stream that asks for `wanted`. */
  listen(wanted: Json, onMessage: (message: Json) => void, signal: AbortSignal): Promise<void>
}

const TASKS = 'io.modelcontextprotocol/tasks'
const COMMON = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} }

/** Who is asking, as a header. */
const credential = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

export async function connectLegacyClient(url: string, key: string): Promise<MatrixClient> {
  const client = await connectRaw(url, COMMON, '2025-11-25', credential(key))
  let id = 0
  return {
    era: 'legacy',
    async ask(method, params = {}, { answer, onMessage, meta, signal } = {}) {
      const questions: { method: string; params: Json }[] = []
      const onAny = (message: Json): void => {
        onMessage?.(message)
        if (message['id'] === undefined || message['method'] === undefined) return
        const question = { method: message['method'] as string, params: (message['params'] ?? {}) as Json }
        questions.push(question)
        void client.post({ id: message['id'], result: answer?.(question.method, question.params) ?? {} })
      }
      const sent = { ...params, ...(meta ? { _meta: meta } : {}) }
      const { answer: last, before } = await client.request({ id: ++id, method, params: sent }, { onMessage: onAny, ...(signal ? { signal } : {}) })
      return { result: last['result'] as Json | undefined, error: last['error'] as Outcome['error'], before, questions }
    },
    async askAndCancel(method, params) {
      const own = ++id
      const onMessage = (message: Json): void => {
        if (message['method'] === 'notifications/progress') void client.post({ method: 'notifications/cancelled', params: { requestId: own } })
      }
      await client.request({ id: own, method, params: { ...params, _meta: { progressToken: 'cancel' } } }, { onMessage })
    },
    notify: (method) => client.post({ method }),
    listen: (_wanted, onMessage, signal) => client.listen(onMessage, signal),
  }
}

export function connectModernClient(url: string, key: string): Promise<MatrixClient> {
  let id = 0
  const declared = { ...COMMON, extensions: { [TASKS]: {} } }
  const metaOf = (meta: Json = {}, capabilities: Json = declared): Json => ({ 'io.modelcontextprotocol/clientCapabilities': capabilities, ...meta })
  const headersOf = (params: Json): Record<string, string> => ({ ...credential(key), ...(typeof params['taskId'] === 'string' ? { 'mcp-name': params['taskId'] } : {}) })

  const client: MatrixClient = {
    era: 'modern',
    async ask(method, params = {}, { answer, onMessage, meta, signal, capabilities } = {}) {
      const questions: { method: string; params: Json }[] = []
      const before: Json[] = []
      let more: Json = {}
      for (;;) {
        const message = { id: ++id, method, params: { ...params, ...more, _meta: metaOf(meta, capabilities) } }
        const exchange = await modernRequest(url, message, { headers: headersOf(params), ...(onMessage ? { onMessage } : {}), ...(signal ? { signal } : {}) })
        before.push(...exchange.before)
        const result = exchange.answer['result'] as Json | undefined
        if (result?.['resultType'] !== 'input_required') return { result, error: exchange.answer['error'] as Outcome['error'], before, questions }
        const asked = Object.entries((result['inputRequests'] ?? {}) as Record<string, { method: string; params?: Json }>)
        for (const [, question] of asked) questions.push({ method: question.method, params: question.params ?? {} })
        const inputResponses = Object.fromEntries(asked.map(([key, question]) => [key, answer?.(question.method, question.params ?? {}) ?? {}]))
        more = { inputResponses, ...(result['requestState'] === undefined ? {} : { requestState: result['requestState'] }) }
      }
    },
    async askAndCancel(method, params) {
      const stop = new AbortController()
      const onMessage = (message: Json): void => {
        if (message['method'] === 'notifications/progress') stop.abort()
      }
      await client.ask(method, params, { meta: { progressToken: 'cancel' }, signal: stop.signal, onMessage }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error
      })
    },
    async notify(method) {
      const headers = { ...credential(key), 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', method }) })
      await response.body?.cancel()
      return response.status
    },
    async listen(wanted, onMessage, signal) {
      const acknowledged = Promise.withResolvers<void>()
      const onAny = (message: Json): void => {
        if (message['method'] === 'notifications/subscriptions/acknowledged') acknowledged.resolve()
        else onMessage(message)
      }
      client.ask('subscriptions/listen', { notifications: wanted }, { onMessage: onAny, signal }).catch((error: unknown) => {
        if (!signal.aborted) acknowledged.reject(error)
      })
      await acknowledged.promise
    },
  }
  return Promise.resolve(client)
}
