import { RPC, RpcError, type RpcId, type RpcRequest } from '../../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { parseJsonText, toJsonText } from '../../../lib/json-text.ts'
import { PassingMap } from '../../../lib/passing-map.ts'
import { LEGACY_VERSION } from '../handshake/revisions.ts'
import { readMessages } from '../peer/read-messages.ts'
import { writeError, writeNotification, writeRequest, writeResult } from '../peer/write-message.ts'

/** A server in this process: text in, text out. Disposing it cancels what it is doing. */
export interface BuiltinServer extends Disposable {
  receive(text: string): void
  /** Resolves when nothing of it is left; call it after disposing. */
  closed(): Promise<void>
}

export interface BuiltinContext {
  readonly signal: AbortSignal
  /** Does nothing when the caller asked for no progress. */
  progress(progress: number, total: number, message: string): void
  /** A request to whoever made this call. Rejects with `RpcError` when that client cannot be asked. */
  ask(method: string, params: JsonObject): Promise<JsonValue>
}

/** Answers one request. Throw `RpcError` for a protocol failure. */
export type BuiltinMethod = (params: JsonObject, context: BuiltinContext) => JsonValue | Promise<JsonValue>

export interface BuiltinDefinition {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly instructions: string
  readonly capabilities: JsonObject
  readonly methods: Readonly<Record<string, BuiltinMethod>>
  /** Ends what outlives single calls. */
  close?(): Promise<void>
}

/** Speaks the legacy era's messages; how the gateway shows it to clients of either era is decided elsewhere. */
export function createBuiltinServer(definition: BuiltinDefinition, send: (text: string) => void): BuiltinServer {
  const running = new PassingMap<RpcId, AbortController>()
  const asked = new PassingMap<RpcId, PromiseWithResolvers<JsonValue>>()
  let lastQuestion = 0
  let closing: Promise<void> | undefined
  const methods: Readonly<Record<string, BuiltinMethod>> = {
    ping: () => ({}),
    initialize: () => ({
      protocolVersion: LEGACY_VERSION,
      capabilities: definition.capabilities,
      serverInfo: { name: definition.name, title: definition.title, version: definition.version },
      instructions: definition.instructions,
    }),
    ...definition.methods,
  }

  async function ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonValue> {
    const id = `builtin-${++lastQuestion}`
    const waiting = Promise.withResolvers<JsonValue>()
    const giveUp = (): void => waiting.reject(signal.reason as Error)
    asked.set(id, waiting)
    signal.addEventListener('abort', giveUp, { once: true })
    send(writeRequest(id, method, toJsonText(params)))
    try {
      return await waiting.promise
    } finally {
      signal.removeEventListener('abort', giveUp)
      asked.delete(id)
    }
  }

  async function answer(request: RpcRequest): Promise<void> {
    const stop = new AbortController()
    running.set(request.id, stop)
    const value = request.params === undefined ? {} : parseJsonText(request.params)
    const params = isJsonObject(value) ? value : {}
    const meta = params['_meta']
    const token = isJsonObject(meta) ? meta['progressToken'] : undefined
    const progress = (done: number, total: number, message: string): void => {
      if (token !== undefined) send(writeNotification('notifications/progress', toJsonText({ progressToken: token, progress: done, total, message })))
    }
    try {
      const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
      if (!method) throw new RpcError(RPC.methodNotFound, `The method ${request.method} is not served.`)
      const result = await method(params, { signal: stop.signal, progress, ask: (asking, about) => ask(asking, about, stop.signal) })
      if (!stop.signal.aborted) send(writeResult(request.id, toJsonText(result)))
    } catch (error) {
      if (stop.signal.aborted) return
      send(writeError(request.id, error instanceof RpcError ? error : new RpcError(RPC.internalError, (error as Error).message)))
    } finally {
      running.delete(request.id)
    }
  }

  return {
    receive(text) {
      for (const message of readMessages(text) ?? []) {
        if (message.kind === 'request') void answer(message)
        else if (message.kind === 'result') asked.get(message.id)?.resolve(parseJsonText(message.result))
        else if (message.kind === 'error' && message.id !== null) asked.get(message.id)?.reject(message.error)
        else if (message.kind === 'notification' && message.method === 'notifications/cancelled' && message.params) {
          const { requestId } = JSON.parse(message.params) as { requestId: RpcId }
          running.get(requestId)?.abort()
        }
      }
    },
    [Symbol.dispose]() {
      for (const stop of running.values()) stop.abort()
    },
    closed: () => (closing ??= definition.close?.() ?? Promise.resolve()),
  }
}
