import { RpcError } from '../../domain/json-rpc.ts'
import { toJsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls, ResourceSubscriber } from '../calls/index.ts'
import type { CatalogView } from '../catalog/index.ts'

export interface RestoreDeps {
  readonly calls: Calls
  readonly subscriber: ResourceSubscriber
  /** What the session was subscribed to, as the client sees it. What a server refuses is deleted from it. */
  readonly subscriptions: Set<string>
  readonly view: () => Promise<CatalogView>
  readonly isClosed: () => boolean
  /** Called for every resource that is watched again: nobody knows what happened to it meanwhile. */
  readonly onRestored: (uri: string) => void
}

/** Takes up the resource subscriptions of a session that a restart interrupted, as its servers come up again. */
export interface SubscriptionRestore {
  /** Tries what is still open. Never rejects. */
  attempt(logger: Logger): Promise<void>
}

export function createSubscriptionRestore({ calls, subscriber, subscriptions, view, isClosed, onRestored }: RestoreDeps): SubscriptionRestore {
  const open = new Set(subscriptions)
  const running = new Set<string>()

  async function restore(uri: string, logger: Logger): Promise<void> {
    if (running.has(uri)) return
    running.add(uri)
    try {
      const now = await view()
      if (!now.resolveResource(uri)) return
      const target = { view: now, era: 'legacy', params: toJsonText({ uri }) } as const
      await calls.subscribe(subscriber, target)
      open.delete(uri)
      if (isClosed()) calls.drop(subscriber)
      else if (subscriptions.has(uri)) onRestored(uri)
      else calls.unsubscribe(subscriber, target)
    } catch (error) {
      // Anything but a server's own no may be a yes once the server is up.
      const isRefused = error instanceof RpcError
      if (isRefused) open.delete(uri)
      if (isRefused) subscriptions.delete(uri)
      logger.info({ err: error, isRefused }, 'a resource subscription of a restored MCP session was not taken up')
    } finally {
      running.delete(uri)
    }
  }

  return {
    async attempt(logger) {
      for (const uri of open) if (!subscriptions.has(uri)) open.delete(uri)
      await Promise.all([...open].map((uri) => restore(uri, logger)))
    },
  }
}
