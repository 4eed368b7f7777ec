import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import type { McpRoot } from '../../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'

/** What a server hears that asks for roots when none of its callers can tell: those of its one client, else the configured ones. */
export interface OwnRoots {
  /** Throws an `RpcError` when there are none. */
  list(): Promise<JsonText>
}

/** Undefined for a server that is not told of roots at all: it is shared, and nothing is configured. */
export function createOwnRoots(configured: readonly McpRoot[] | undefined, askClient: (() => Promise<JsonText>) | undefined): OwnRoots | undefined {
  if (!configured && !askClient) return undefined
  return {
    async list() {
      try {
        if (askClient) return await askClient()
      } catch (error) {
        if (!configured) throw error
      }
      if (!configured) throw new RpcError(RPC.methodNotFound, 'There are no roots.')
      return toJsonText({ roots: configured.map((root) => ({ ...root })) })
    },
  }
}
