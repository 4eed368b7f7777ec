import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'

const SUBSCRIBE_TIMEOUT_MS = 10_000
/** A listen stream has no answer to wait for; this is the longest that a timer can count. */
const FOR_EVER_MS = 2_147_483_647

/** One server's promise to tell of changes of one resource, for as long as its connection lives. */
export interface ResourceHold {
  /** Rejects with the server's refusal. */
  readonly agreed: Promise<void>
  release(): void
}

export interface HoldOptions {
  readonly upstream: McpUpstream
  readonly uri: string
  readonly logger: Logger
  /** Only called for modern servers; legacy ones speak outside of any call. */
  readonly onUpdated: (params: JsonText) => void
  /** The stream of a modern server ended by itself after it was agreed on. */
  readonly onLost: () => void
}

function holdLegacy({ upstream, uri, logger }: HoldOptions): ResourceHold {
  const ask = async (method: string): Promise<void> => {
    await upstream.call({ method, params: toJsonText({ uri }), signal: AbortSignal.timeout(SUBSCRIBE_TIMEOUT_MS) })
  }
  return {
    agreed: ask('resources/subscribe'),
    release() {
      if (upstream.status.state !== 'ready') return
      ask('resources/unsubscribe').catch((error: unknown) => logger.warn({ server: upstream.id, err: error }, 'unsubscribing from a resource failed'))
    },
  }
}

function isHonoured(params: JsonText | undefined, uri: string): boolean {
  const value = params === undefined ? undefined : parseJsonText(params)
  const honoured = isJsonObject(value) ? value['notifications'] : undefined
  const uris = isJsonObject(honoured) ? honoured['resourceSubscriptions'] : undefined
  return Array.isArray(uris) && (uris as readonly unknown[]).includes(uri)
}

/** @see revision 2026-07-28, subscriptions: the acknowledgement says which URIs the server will tell of. */
function holdModern({ upstream, uri, onUpdated, onLost }: HoldOptions): ResourceHold {
  const controller = new AbortController()
  const agreed = Promise.withResolvers<void>()
  let isAgreed = false
  const refuse = (reason: string): void => agreed.reject(new RpcError(RPC.invalidParams, reason, toJsonText({ uri })))
  const timer = setTimeout(() => {
    agreed.reject(new GatewayError('upstream_timeout', `MCP server \`${upstream.id}\` did not acknowledge a subscription within ${SUBSCRIBE_TIMEOUT_MS} ms.`))
    controller.abort()
  }, SUBSCRIBE_TIMEOUT_MS)
  const onServerNotification = (method: string, params: JsonText | undefined): void => {
    if (controller.signal.aborted) return
    if (method === 'notifications/resources/updated' && params !== undefined) return onUpdated(params)
    if (method !== 'notifications/subscriptions/acknowledged') return
    clearTimeout(timer)
    isAgreed = isHonoured(params, uri)
    if (isAgreed) return agreed.resolve()
    refuse(`MCP server \`${upstream.id}\` does not tell of changes of this resource.`)
    controller.abort()
  }
  const onEnd = (error: unknown): void => {
    clearTimeout(timer)
    agreed.reject(error)
    if (isAgreed && !controller.signal.aborted) onLost()
  }
  upstream
    .call({
      method: 'subscriptions/listen',
      params: toJsonText({ notifications: { resourceSubscriptions: [uri] } }),
      signal: controller.signal,
      timeoutMs: FOR_EVER_MS,
      onServerNotification,
    })
    .then(() => onEnd(new RpcError(RPC.internalError, 'The subscription ended.')), onEnd)
  return { agreed: agreed.promise, release: () => controller.abort() }
}

/** Subscribes at a server in the way of its era. The server must be ready. */
export function holdResource(options: HoldOptions): ResourceHold {
  const { status } = options.upstream
  return status.state === 'ready' && status.hello.era === 'modern' ? holdModern(options) : holdLegacy(options)
}
