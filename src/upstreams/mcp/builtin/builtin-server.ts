import { RPC, RpcError, type RpcId, type RpcRequest } from '../../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { parseJsonText, toJsonText } from '../../../lib/json-text.ts'
import { LEGACY_VERSION } from '../handshake/revisions.ts'
import { readMessages } from '../peer/read-messages.ts'
import { writeError, writeNotification, writeResult } from '../peer/write-message.ts'

/** A server in this process: text in, text out. Disposing it cancels what it is doing. */
export interface BuiltinServer extends Disposable {
  receive(text: string): void
}

export interface BuiltinContext {
  readonly signal: AbortSignal
  /** Does nothing when the caller asked for no progress. */
  progress(progress: number, total: number, message: string): void
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
}

/** Speaks the legacy era's messages; how the gateway shows it to clients of either era is decided elsewhere. */
export function createBuiltinServer(definition: BuiltinDefinition, send: (text: string) => void): BuiltinServer {
  const running = new Map<RpcId, AbortController>()
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
      const result = await method(params, { signal: stop.signal, progress })
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
        else if (message.kind === 'notification' && message.method === 'notifications/cancelled' && message.params) {
          const { requestId } = JSON.parse(message.params) as { requestId: RpcId }
          running.get(requestId)?.abort()
        }
      }
    },
    [Symbol.dispose]() {
      for (const stop of running.values()) stop.abort()
    },
  }
}
