import { createParser } from './sse-events.ts'

export type Json = Record<string, unknown>

/** A client that speaks MCP over HTTP by hand, so that a test decides about ids, tokens and headers itself. */
export interface RawClient {
  readonly sessionId: string
  /** The answer and everything that came before it on its stream. */
  request(message: Json, options?: { readonly signal?: AbortSignal; readonly onMessage?: (message: Json) => void; readonly headers?: Record<string, string> }): Promise<Exchange>
  /** A notification or an answer. */
  post(message: Json): Promise<number>
  /** Opens the GET stream; messages come until the signal. */
  listen(onMessage: (message: Json) => void, signal: AbortSignal): Promise<void>
}

export interface Exchange {
  readonly status: number
  readonly headers: Headers
  /** The last message, if there was one. */
  readonly answer: Json
  readonly before: readonly Json[]
}

const ACCEPT = 'application/json, text/event-stream'

export async function postMessage(
  url: string,
  message: unknown,
  headers: Record<string, string> = {},
  options: { readonly signal?: AbortSignal; readonly onMessage?: (message: Json) => void } = {},
): Promise<Exchange> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: ACCEPT, ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const messages: Json[] = []
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await readEvents(response, (event) => {
      messages.push(event)
      options.onMessage?.(event)
    })
  } else {
    const text = await response.text()
    if (text !== '') messages.push(JSON.parse(text) as Json)
  }
  return { status: response.status, headers: response.headers, answer: messages.at(-1) ?? {}, before: messages.slice(0, -1) }
}

async function readEvents(response: Response, onMessage: (message: Json) => void): Promise<void> {
  const parser = createParser((data) => onMessage(JSON.parse(data) as Json))
  for await (const chunk of response.body ?? []) parser.push(chunk as Uint8Array)
}

/** Goes through `initialize` as a legacy client. */
export async function connectRaw(url: string, capabilities: Json = {}, protocolVersion = '2025-11-25', headers: Record<string, string> = {}): Promise<RawClient> {
  const params = { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } }
  const opened = await postMessage(url, { jsonrpc: '2.0', id: 'init', method: 'initialize', params }, headers)
  const sessionId = opened.headers.get('mcp-session-id') ?? ''
  const session = { 'mcp-session-id': sessionId, 'mcp-protocol-version': protocolVersion, ...headers }
  await postMessage(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, session)
  return {
    sessionId,
    request: (message, options = {}) => postMessage(url, { jsonrpc: '2.0', ...message }, { ...session, ...options.headers }, options),
    post: async (message) => (await postMessage(url, { jsonrpc: '2.0', ...message }, session)).status,
    async listen(onMessage, signal) {
      const response = await fetch(url, { headers: { accept: 'text/event-stream', ...session }, signal })
      readEvents(response, onMessage).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
    },
  }
}

export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
} as const

/** One modern request with the headers that it needs. */
export function modernRequest(
  url: string,
  message: { readonly id?: unknown; readonly method: string; readonly params?: Json },
  options: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal; readonly onMessage?: (message: Json) => void } = {},
): Promise<Exchange> {
  const { method, params = {} } = message
  const name = params['name'] ?? params['uri']
  const meta = { ...ENVELOPE, ...(params['_meta'] as Json | undefined) }
  const body = { jsonrpc: '2.0', id: message.id ?? 1, method, params: { ...params, _meta: meta } }
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}), ...options.headers }
  return postMessage(url, body, headers, options)
}
