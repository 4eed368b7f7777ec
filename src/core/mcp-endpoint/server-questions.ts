import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError, type RpcErrorResponse, type RpcResult } from '../../domain/json-rpc.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ClientChannel } from './client-channel.ts'
import { writeNotification, writeRequest } from './write-message.ts'

/** A person may be behind the answer. */
const ANSWER_MS = 600_000

const CAPABILITY_OF: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

/** Requests of servers to one legacy client. Ids are fresh, so only this client's own answer can settle one. */
export interface ServerQuestions extends Disposable {
  /** Rejects with the client's `RpcError`, or one of ours when the client cannot be asked. */
  ask(channel: ClientChannel, signal: AbortSignal, method: string, params: JsonText | undefined): Promise<JsonText>
  /** False when the answer belongs to no open question. */
  answer(response: RpcResult | RpcErrorResponse): boolean
}

export function createServerQuestions(clientCapabilities: JsonObject): ServerQuestions {
  const open = new Map<string, PromiseWithResolvers<JsonText>>()
  let last = 0

  function check(method: string): void {
    const capability = CAPABILITY_OF[method]
    if (capability === undefined || clientCapabilities[capability] !== undefined) return
    throw new RpcError(RPC.methodNotFound, `The client did not declare the capability \`${capability}\`.`)
  }

  return {
    async ask(channel, signal, method, params) {
      check(method)
      const id = `trunkline-${++last}`
      const pending = Promise.withResolvers<JsonText>()
      const onAbort = (): void => {
        channel.send(writeNotification('notifications/cancelled', toJsonText({ requestId: id, reason: 'The call that asked has ended.' })))
        pending.reject(new GatewayError('cancelled', 'The call that asked has ended.', { cause: signal.reason }))
      }
      const timer = setTimeout(() => pending.reject(new RpcError(RPC.internalError, `The client did not answer ${method} within ${ANSWER_MS / 1000} s.`)), ANSWER_MS)
      open.set(id, pending)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        signal.throwIfAborted()
        if (!channel.send(writeRequest(id, method, params))) {
          throw new RpcError(RPC.internalError, `The client cannot be asked for ${method}: its stream is closed, or it accepts no event stream.`)
        }
        return await pending.promise
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        open.delete(id)
      }
    },
    answer(response) {
      const pending = typeof response.id === 'string' ? open.get(response.id) : undefined
      if (!pending) return false
      if (response.kind === 'result') pending.resolve(response.result)
      else pending.reject(response.error)
      return true
    },
    [Symbol.dispose]() {
      for (const { reject } of open.values()) reject(new RpcError(RPC.internalError, 'The MCP session ended.'))
    },
  }
}
