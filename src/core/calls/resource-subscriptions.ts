import type { McpServerId } from '../../domain/ids.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, UpstreamChange } from '../../upstreams/mcp/index.ts'
import { serverBehind } from '../catalog/index.ts'
import { holdResource, type ResourceHold } from './hold-resource.ts'

const REOPEN_MS = 1_000

/** Somebody who is told when a resource changed; told apart by identity. */
export interface ResourceSubscriber {
  /** `server` may be an instance; `uri` is the server's own; params are those of `notifications/resources/updated`. */
  updated(server: McpServerId, uri: string, params: JsonText): void
}

/** Subscriptions of all clients, counted per server and URI: the server sees the first one come and the last one go. */
export interface ResourceSubscriptions extends Disposable {
  /** Settles when the server agreed; rejects with its refusal. */
  subscribe(subscriber: ResourceSubscriber, upstream: McpUpstream, uri: string): Promise<void>
  unsubscribe(subscriber: ResourceSubscriber, server: McpServerId, uri: string): void
  /** Ends all subscriptions of a subscriber. */
  drop(subscriber: ResourceSubscriber): void
  /** What was subscribed to over a legacy twin that is gone goes on over its server’s own connection. */
  moveStranded(): void
  /** What the watch of servers saw. */
  observe(upstream: McpUpstream, change: UpstreamChange): void
}

interface Subscription {
  readonly server: McpServerId
  readonly uri: string
  readonly subscribers: Set<ResourceSubscriber>
  /** The agreement of the server, shared by everybody who subscribes meanwhile. */
  hold: ResourceHold | undefined
  reopening: NodeJS.Timeout | undefined
}

const keyOf = (server: McpServerId, uri: string): string => `${server}\0${uri}`

export function createResourceSubscriptions(find: (server: McpServerId) => McpUpstream | undefined, logger: Logger): ResourceSubscriptions {
  const subscriptions = new Map<string, Subscription>()

  function tell({ server, uri, subscribers }: Subscription, params: JsonText): void {
    for (const subscriber of subscribers) subscriber.updated(server, uri, params)
  }

  function hold(subscription: Subscription, upstream: McpUpstream): ResourceHold {
    const { uri } = subscription
    const made = holdResource({
      upstream,
      uri,
      logger,
      onUpdated: (params) => tell(subscription, params),
      onLost: () => reopenLater(subscription),
    })
    subscription.hold = made
    return made
  }

  /** After a restart or a lost stream the server knows nothing of us. */
  function reopen(subscription: Subscription): void {
    clearTimeout(subscription.reopening)
    const upstream = find(subscription.server)
    if (!subscriptions.has(keyOf(subscription.server, subscription.uri)) || upstream?.status.state !== 'ready') return
    hold(subscription, upstream).agreed.catch((error: unknown) => logger.warn({ server: subscription.server, err: error }, 'renewing a resource subscription failed'))
  }

  function reopenLater(subscription: Subscription): void {
    clearTimeout(subscription.reopening)
    subscription.reopening = setTimeout(() => reopen(subscription), REOPEN_MS)
    subscription.reopening.unref()
  }

  function forget(subscription: Subscription): void {
    clearTimeout(subscription.reopening)
    const key = keyOf(subscription.server, subscription.uri)
    if (subscriptions.get(key) === subscription) subscriptions.delete(key)
  }

  function leave(subscription: Subscription, subscriber: ResourceSubscriber): void {
    if (!subscription.subscribers.delete(subscriber) || subscription.subscribers.size > 0) return
    forget(subscription)
    subscription.hold?.release()
  }

  async function subscribe(subscriber: ResourceSubscriber, upstream: McpUpstream, uri: string): Promise<void> {
    const key = keyOf(upstream.id, uri)
    let subscription = subscriptions.get(key)
    if (!subscription) {
      subscription = { server: upstream.id, uri, subscribers: new Set(), hold: undefined, reopening: undefined }
      subscriptions.set(key, subscription)
      hold(subscription, upstream)
    }
    subscription.subscribers.add(subscriber)
    try {
      await subscription.hold?.agreed
    } catch (error) {
      subscription.subscribers.delete(subscriber)
      if (subscription.subscribers.size === 0) forget(subscription)
      throw error
    }
  }

  return {
    subscribe,
    unsubscribe(subscriber, server, uri) {
      const subscription = subscriptions.get(keyOf(server, uri))
      if (subscription) leave(subscription, subscriber)
    },
    drop(subscriber) {
      for (const subscription of subscriptions.values()) leave(subscription, subscriber)
    },
    moveStranded() {
      for (const subscription of subscriptions.values()) {
        const { server, uri, subscribers } = subscription
        const remaining = find(server) ? undefined : find(serverBehind(server))
        if (!remaining) continue
        forget(subscription)
        subscription.hold?.release()
        for (const subscriber of subscribers) {
          subscribe(subscriber, remaining, uri).catch((error: unknown) => logger.warn({ server: remaining.id, err: error }, 'moving a resource subscription to the other connection of its server failed'))
        }
      }
    },
    observe(upstream, change) {
      if (change.kind === 'status' && upstream.status.state === 'ready') {
        for (const subscription of subscriptions.values()) if (subscription.server === upstream.id) reopen(subscription)
      }
      if (change.kind !== 'resource-updated') return
      const text = readMember(change.params, 'uri')
      const uri = text === undefined ? undefined : parseJsonText(text)
      const subscription = typeof uri === 'string' ? subscriptions.get(keyOf(upstream.id, uri)) : undefined
      if (subscription) tell(subscription, change.params)
    },
    [Symbol.dispose]() {
      for (const subscription of subscriptions.values()) {
        forget(subscription)
        subscription.hold?.release()
      }
    },
  }
}
