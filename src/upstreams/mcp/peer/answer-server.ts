import { RPC, RpcError, type RpcId, type RpcRequest } from '../../../domain/json-rpc.ts'
import { EMPTY_OBJECT, type JsonText } from '../../../lib/json-text.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpCall } from '../upstream.ts'
import type { OpenCalls } from './open-calls.ts'
import type { OwnRoots } from './own-roots.ts'
import type { PendingRequest } from './pending-request.ts'
import { createServedTasks } from './served-tasks.ts'
import type { Wire } from './wire.ts'
import { writeError, writeResult } from './write-message.ts'

/**
 * Answers the requests that a server makes: `ping` and what it asks about tasks of its own questions by itself, everything
 * else by the call it belongs to, or with a refusal.
 */
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
  readonly roots?: OwnRoots | undefined
  readonly open: OpenCalls
  /** While a call's caller is asked something, the server is not the one who is slow. */
  readonly onAsking: (owner: PendingRequest, isAsking: boolean) => void
}

/** The longest that a person may take over one question. */
const QUESTION_MS = 600_000

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RpcError(RPC.internalError, `Nobody answered within ${ms / 1000} s.`)), ms)
    timer.unref()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function createServerAnswers({ wire, server, logger, roots, open, onAsking }: ServerAnswersDeps): ServerAnswers {
  /** Requests that we still owe an answer. */
  const owed = new Set<RpcId>()
  const tasks = createServedTasks()

  function refuse(message: RpcRequest, why: string): void {
    logger.debug({ server, method: message.method }, `refused a server request: ${why}`)
    wire.sendMessage(writeError(message.id, new RpcError(RPC.methodNotFound, `${message.method} is not served: ${why}.`)))
  }

  async function answer(message: RpcRequest, work: () => Promise<JsonText>): Promise<JsonText> {
    try {
      return writeResult(message.id, await work())
    } catch (error) {
      if (error instanceof RpcError) return writeError(message.id, error)
      logger.warn({ server, method: message.method, err: error }, 'a server request failed')
      return writeError(message.id, new RpcError(RPC.internalError, 'The client could not serve the request.'))
    }
  }

  async function reply(message: RpcRequest, work: () => Promise<JsonText>): Promise<void> {
    owed.add(message.id)
    const text = await answer(message, work)
    if (owed.delete(message.id)) wire.sendMessage(text)
  }

  /** Asks the caller of `owner`, whose call does not time out meanwhile. */
  async function askOwner(owner: PendingRequest, ask: NonNullable<McpCall['onServerRequest']>, method: string, params: JsonText | undefined): Promise<JsonText> {
    onAsking(owner, true)
    try {
      return await within(QUESTION_MS, ask(method, params))
    } finally {
      onAsking(owner, false)
    }
  }

  /** The caller of the call goes first; one that has no roots, and no call at all, leave the server’s own. */
  async function listRoots(own: OwnRoots, owner: PendingRequest | undefined, params: JsonText | undefined): Promise<JsonText> {
    const ask = owner?.done === false ? owner.call?.onServerRequest : undefined
    if (!owner || !ask) return own.list()
    try {
      return await askOwner(owner, ask, 'roots/list', params)
    } catch (error) {
      if (error instanceof RpcError && error.code === RPC.methodNotFound) return own.list()
      throw error
    }
  }

  return {
    async receive(message, origin) {
      const { method, params } = message
      if (method === 'ping') return wire.sendMessage(writeResult(message.id, EMPTY_OBJECT))
      if (method.startsWith('tasks/')) return reply(message, () => tasks.serve(message))
      const owner = origin ?? open.askedBy(params)
      if (method === 'roots/list' && roots) return reply(message, () => listRoots(roots, typeof owner === 'string' ? undefined : owner, params))
      if (typeof owner === 'string') return refuse(message, owner)
      if (owner.done) return refuse(message, 'it belongs to no call that can be told')
      const ask = owner.call?.onServerRequest
      if (!ask) return refuse(message, 'its caller does not serve it')
      if (!tasks.isWanted(message)) return reply(message, () => askOwner(owner, ask, method, params))
      return reply(message, async () => tasks.create(message, (plain) => askOwner(owner, ask, method, plain)))
    },
    withdraw: (id) => void owed.delete(id),
    close: () => owed.clear(),
  }
}
