import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { readMember, type JsonText } from '../../src/lib/json-text.ts'

type Id = string | number

/** What a tool of a test server sees of its call. */
export interface TestCall {
  readonly id: Id
  /** The message as it came. */
  readonly message: JsonText
  readonly params: JsonObject
  /** Exactly the text of `params.arguments`. */
  readonly argumentsText: JsonText
  readonly arguments: JsonObject
  readonly token: JsonValue | undefined
  readonly signal: AbortSignal
  progress(progress: number, total: number): void
  /** Any message, on the stream of this call. */
  send(message: JsonObject): void
  /** Asks the client something and gives its whole answer message. */
  ask(method: string, params: JsonObject): Promise<JsonObject>
}

export interface TestTool {
  readonly listed: JsonObject
  /** A string is sent as it is, as the text of the result. */
  run(call: TestCall): JsonValue | Promise<JsonValue>
}

export interface TestServer {
  readonly name: string
  readonly eras: 'legacy' | 'modern' | 'both'
  readonly tools: () => readonly TestTool[] | Promise<readonly TestTool[]>
  /** Sees every message first; true means that it has been dealt with. */
  readonly intercept?: (message: JsonObject, send: (message: JsonObject) => void) => boolean
}

export function tool(name: string, run: TestTool['run'], more: JsonObject = {}): TestTool {
  return { listed: { name, inputSchema: { type: 'object' }, ...more }, run }
}

export function textResult(text: string): JsonObject {
  return { content: [{ type: 'text', text }] }
}

/** One client's conversation: text in, text out. The era is told by the envelope of each request. */
export interface TestSession {
  receive(text: string, send: (text: string) => void): Promise<void>
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
const MODERN = '2026-07-28'

function failure(id: Id, code: number, message: string, data?: JsonValue): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}

function isModern(params: JsonObject): boolean {
  return isJsonObject(params['_meta']) && params['_meta'][VERSION_KEY] !== undefined
}

/** Cancelled requests of this process, for tests that ask whether a cancel arrived. */
export const cancelled: Id[] = []

export function createTestSession(server: TestServer): TestSession {
  const running = new Map<Id, AbortController>()
  const asked = new Map<Id, (answer: JsonObject) => void>()
  let lastAsked = 0

  function callOf(id: Id, message: JsonText, params: JsonObject, signal: AbortSignal, write: (text: string) => void): TestCall {
    const send = (value: JsonObject): void => write(JSON.stringify(value))
    const token = isJsonObject(params['_meta']) ? params['_meta']['progressToken'] : undefined
    const paramsText = readMember(message, 'params')
    return {
      id, message, params, token, signal, send,
      argumentsText: (paramsText && readMember(paramsText, 'arguments')) ?? ('{}' as JsonText),
      arguments: isJsonObject(params['arguments']) ? params['arguments'] : {},
      progress(progress, total) {
        if (token !== undefined) send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: token, progress, total } })
      },
      ask(method, asking) {
        const askId = `ask-${++lastAsked}`
        send({ jsonrpc: '2.0', id: askId, method, params: asking })
        return new Promise((resolve) => asked.set(askId, resolve))
      },
    }
  }

  async function result(method: string, call: TestCall): Promise<JsonValue> {
    const modern = isModern(call.params)
    const shape = (value: JsonObject): JsonObject => (modern ? { resultType: 'complete', ...value } : value)
    const hello = { capabilities: { tools: { listChanged: true } }, instructions: `test server ${server.name}` }
    switch (method) {
      case 'initialize':
        if (server.eras === 'modern') throw Object.assign(new Error('Unsupported protocol version'), { code: -32022, data: { supported: [MODERN] } })
        return { protocolVersion: '2025-11-25', serverInfo: { name: server.name, version: '1.0.0' }, ...hello }
      case 'server/discover':
        if (server.eras === 'legacy' || !modern) break
        return shape({ supportedVersions: [MODERN], ttlMs: 0, cacheScope: 'private', _meta: { 'io.modelcontextprotocol/serverInfo': { name: server.name, version: '1.0.0' } }, ...hello })
      case 'ping':
        return {}
      case 'tools/list':
        return shape({ tools: (await server.tools()).map(({ listed }) => listed), ...(modern ? { ttlMs: 0, cacheScope: 'private' } : {}) })
      case 'tools/call': {
        const found = (await server.tools()).find(({ listed }) => listed['name'] === call.params['name'])
        if (!found) throw Object.assign(new Error(`Unknown tool ${JSON.stringify(call.params['name'])}`), { code: -32602 })
        const answer = await found.run(call)
        return isJsonObject(answer) ? shape(answer) : answer
      }
    }
    throw Object.assign(new Error('Method not found'), { code: -32601 })
  }

  async function answer(text: JsonText, message: JsonObject, id: Id, write: (text: string) => void): Promise<void> {
    const stop = new AbortController()
    running.set(id, stop)
    const params = isJsonObject(message['params']) ? message['params'] : {}
    try {
      const value = await result(message['method'] as string, callOf(id, text, params, stop.signal, write))
      if (stop.signal.aborted) return
      write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${typeof value === 'string' ? value : JSON.stringify(value)}}`)
    } catch (error) {
      const { code = -32603, data } = error as { code?: number; data?: JsonValue }
      if (!stop.signal.aborted) write(JSON.stringify(failure(id, typeof code === 'number' ? code : -32603, (error as Error).message, data)))
    } finally {
      running.delete(id)
    }
  }

  /** A listen stream stays open until it is cancelled; the acknowledgement comes first. */
  function listen(id: Id, message: JsonObject, write: (text: string) => void): void {
    const wanted = isJsonObject(message['params']) ? message['params']['notifications'] : {}
    const meta = { 'io.modelcontextprotocol/subscriptionId': id }
    write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { _meta: meta, notifications: wanted } }))
    listeners.add((method) => write(JSON.stringify({ jsonrpc: '2.0', method, params: { _meta: meta } })))
  }

  return {
    async receive(text, write) {
      const message: unknown = JSON.parse(text)
      if (!isJsonObject(message) || server.intercept?.(message, (value) => write(JSON.stringify(value)))) return
      const id = message['id'] as Id | undefined
      if (message['method'] === undefined) return asked.get(id ?? '')?.(message)
      if (message['method'] === 'notifications/cancelled' && isJsonObject(message['params'])) {
        const target = message['params']['requestId'] as Id
        cancelled.push(target)
        running.get(target)?.abort()
      }
      if (id === undefined) return
      const isListen = message['method'] === 'subscriptions/listen' && server.eras !== 'legacy'
      if (isListen) return listen(id, message, write)
      await answer(text as JsonText, message, id, write)
    },
  }
}

/** Who is told of changes: listen streams of the modern era, by method. */
export const listeners = new Set<(method: string) => void>()
