import { RPC, RpcError, type RpcId, type RpcRequest } from '../../../domain/json-rpc.ts'
import { EMPTY_OBJECT, type JsonText } from '../../../lib/json-text.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpCall } from '../upstream.ts'
import type { OpenCalls } from './open-calls.ts'
import type { PendingRequest } from './pending-request.ts'
import type { Wire } from './wire.ts'
import { writeError, writeResult } from './write-message.ts'

/** Answers the requests that a server makes: `ping` by itself, everything else by the call it belongs to, or with a refusal. */
export interface ServerAnswers {
  receive(message: RpcRequest, origin: PendingRequest | undefined): Promise<void>
  /** The server no longer wants this answer. */
  withdraw(id: RpcId): void
  close(): void
}

export interface ServerAnswersDeps {
  readonly wire: Wire
  readonly server: string
  readonly logger: Logger
  readonly open: OpenCalls
}

export function createServerAnswers({ wire, server, logger, open }: ServerAnswersDeps): ServerAnswers {
  /** Requests that we still owe an answer. */
  const owed = new Set<RpcId>()

  function refuse(message: RpcRequest, why: string): void {
    logger.debug({ server, method: message.method }, `refused a server request: ${why}`)
    wire.sendMessage(writeError(message.id, new RpcError(RPC.methodNotFound, `${message.method} is not served: ${why}.`)))
  }

  async function answer(message: RpcRequest, ask: NonNullable<McpCall['onServerRequest']>): Promise<JsonText> {
    try {
      return writeResult(message.id, await ask(message.method, message.params))
    } catch (error) {
      if (error instanceof RpcError) return writeError(message.id, error)
      logger.warn({ server, method: message.method, err: error }, 'a server request failed')
      return writeError(message.id, new RpcError(RPC.internalError, 'The client could not serve the request.'))
    }
  }

  return {
    async receive(message, origin) {
      if (message.method === 'ping') return wire.sendMessage(writeResult(message.id, EMPTY_OBJECT))
      const owner = origin ?? open.sole()
      if (!owner || owner.done) return refuse(message, 'it belongs to no call that can be told')
      const ask = owner.call?.onServerRequest
      if (!ask) return refuse(message, 'its caller does not serve it')
      owed.add(message.id)
      const reply = await answer(message, ask)
      if (owed.delete(message.id)) wire.sendMessage(reply)
    },
    withdraw: (id) => void owed.delete(id),
    close: () => owed.clear(),
  }
}
