import type { McpServerId } from '../../domain/ids.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, UpstreamChange } from '../../upstreams/mcp/index.ts'

const SUBSCRIBE_TIMEOUT_MS = 10_000

/** Somebody who is told when a resource changed; told apart by identity. */
export interface ResourceSubscriber {
  /** `uri` is the server's own; params are those of `notifications/resources/updated`. */
  updated(server: McpServerId, uri: string, params: JsonText): void
}

/** Subscriptions of all clients, counted per server and URI: the server sees the first one come and the last one go. */
export interface ResourceSubscriptions {
  /** Settles when the server agreed; rejects with its refusal. */
  subscribe(subscriber: ResourceSubscriber, upstream: McpUpstream, uri: string): Promise<void>
  unsubscribe(subscriber: ResourceSubscriber, server: McpServerId, uri: string): void
  /** Ends all subscriptions of a subscriber. */
  drop(subscriber: ResourceSubscriber): void
  /** What the watch of servers saw. */
  observe(upstream: McpUpstream, change: UpstreamChange): void
}

interface Subscription {
  readonly server: McpServerId
  readonly uri: string
  readonly subscribers: Set<ResourceSubscriber>
  /** The agreement of the server, shared by everybody who subscribes meanwhile. */
  agreed: Promise<void>
}

const keyOf = (server: McpServerId, uri: string): string => `${server}\0${uri}`

export function createResourceSubscriptions(find: (server: McpServerId) => McpUpstream | undefined, logger: Logger): ResourceSubscriptions {
  const subscriptions = new Map<string, Subscription>()

  async function ask(upstream: McpUpstream, method: 'resources/subscribe' | 'resources/unsubscribe', uri: string): Promise<void> {
    await upstream.call({ method, params: toJsonText({ uri }), signal: AbortSignal.timeout(SUBSCRIBE_TIMEOUT_MS) })
  }

  function leave(subscription: Subscription, subscriber: ResourceSubscriber): void {
    const { server, uri, subscribers } = subscription
    if (!subscribers.delete(subscriber) || subscribers.size > 0) return
    subscriptions.delete(keyOf(server, uri))
    const upstream = find(server)
    if (upstream?.status.state !== 'ready') return
    ask(upstream, 'resources/unsubscribe', uri).catch((error: unknown) => logger.warn({ server, err: error }, 'unsubscribing from a resource failed'))
  }

  function renew(upstream: McpUpstream): void {
    for (const { server, uri } of subscriptions.values()) {
      if (server !== upstream.id) continue
      ask(upstream, 'resources/subscribe', uri).catch((error: unknown) => logger.warn({ server, err: error }, 'renewing a resource subscription failed'))
    }
  }

  return {
    async subscribe(subscriber, upstream, uri) {
      const key = keyOf(upstream.id, uri)
      let subscription = subscriptions.get(key)
      if (!subscription) {
        subscription = { server: upstream.id, uri, subscribers: new Set(), agreed: ask(upstream, 'resources/subscribe', uri) }
        subscriptions.set(key, subscription)
      }
      subscription.subscribers.add(subscriber)
      try {
        await subscription.agreed
      } catch (error) {
        subscription.subscribers.delete(subscriber)
        if (subscriptions.get(key) === subscription) subscriptions.delete(key)
        throw error
      }
    },
    unsubscribe(subscriber, server, uri) {
      const subscription = subscriptions.get(keyOf(server, uri))
      if (subscription) leave(subscription, subscriber)
    },
    drop(subscriber) {
      for (const subscription of subscriptions.values()) leave(subscription, subscriber)
    },
    observe(upstream, change) {
      if (change.kind === 'status' && upstream.status.state === 'ready') return renew(upstream)
      if (change.kind !== 'resource-updated') return
      const text = readMember(change.params, 'uri')
      const uri = text === undefined ? undefined : parseJsonText(text)
      if (typeof uri !== 'string') return
      const subscription = subscriptions.get(keyOf(upstream.id, uri))
      for (const subscriber of subscription?.subscribers ?? []) subscriber.updated(upstream.id, uri, change.params)
    },
  }
}
