import { randomUUID } from 'node:crypto'
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Identity, Principal } from '../../core/identity/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import { authorize } from './authorize.ts'
import { checkRequestHost, pathOf } from './check-request.ts'
import { checkOrigin, type GuardOptions } from './guards.ts'
import type { HttpSurface, HttpUpgrade } from './surface.ts'

export interface UpgradesDeps {
  /** Read per request, so that a reload needs no new listener. */
  current(): { readonly surfaces: readonly HttpSurface[]; readonly guards: GuardOptions }
  readonly identity: () => Identity
  readonly events: Events
  readonly logger: Logger
  /** True once a drain has begun. */
  isDraining(): boolean
}

/** Connections that leave HTTP, under the same guards and keys as requests. Disposing it tells what is open that its time is over, and cuts it soon after. */
export interface Upgrades extends AsyncDisposable {
  /** Whether a request becomes such a connection. One that does not is a plain request, and is answered as such. */
  takes(request: IncomingMessage): boolean
  /** Why one did not that asked for it: its answer. */
  refusal(request: IncomingMessage): GatewayError | undefined
  /** Hands the socket over; false for a request that does not become such a connection. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

const LAST_WORDS_MS = 500

interface Admitted {
  readonly surface: string
  readonly upgrade: HttpUpgrade
  readonly principal: Principal
}

const asksForWebSocket = ({ method, headers }: IncomingMessage): boolean => method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

/** Node calls `takes` before it gives a socket away, so that other requests with an `Upgrade` header, such as `h2c`, stay what they are. */
export function createUpgrades(deps: UpgradesDeps): Upgrades {
  const { identity, events, logger } = deps
  const admitted = new WeakMap<IncomingMessage, Admitted>()
  const refused = new WeakMap<IncomingMessage, GatewayError>()
  const open = new Map<Duplex, AbortController>()

  function admit(request: IncomingMessage): Admitted | undefined {
    const { surfaces, guards } = deps.current()
    const path = pathOf(request)
    for (const { name: surface, upgrades = [] } of surfaces) {
      const upgrade = upgrades.find((candidate) => candidate.path === path)
      if (!upgrade) continue
      checkRequestHost(request, guards)
      checkOrigin(request.headers.origin, { ...guards, allowedOrigins: upgrade.origins?.() ?? guards.allowedOrigins })
      if (deps.isDraining()) throw new GatewayError('gateway_draining', 'The gateway is shutting down.', { retryAfterMs: 1000 })
      return { surface, upgrade, principal: authorize(request.headers, upgrade.policy, identity(), upgrade.readKey?.(request)) }
    }
    return undefined
  }

  function takes(request: IncomingMessage): boolean {
    if (!asksForWebSocket(request)) return false
    try {
      const found = admit(request)
      if (found) admitted.set(request, found)
      return found !== undefined
    } catch (thrown) {
      refused.set(request, asGatewayError(thrown))
      return false
    }
  }

  return {
    takes,
    refusal: (request) => refused.get(request),
    open(request, socket, head) {
      const found = admitted.get(request) ?? (takes(request) ? admitted.get(request) : undefined)
      if (!found) return false
      const { surface, upgrade, principal } = found
      const requestId = `req_${randomUUID().replaceAll('-', '')}`
      const requestLogger = logger.child({ requestId })
      const controller = new AbortController()
      const started = performance.now()
      open.set(socket, controller)
      socket.once('close', () => {
        open.delete(socket)
        controller.abort(new GatewayError('cancelled', 'The client left.'))
        events.requestSettled(requestLogger, { surface, route: upgrade.path, method: 'GET', status: 101, durationMs: performance.now() - started })
      })
      const url = new URL(`http://${request.headers.host}${request.url ?? '/'}`)
      upgrade.accept(request, socket, head, { requestId, principal, url, logger: requestLogger, signal: controller.signal })
      return true
    },
    async [Symbol.asyncDispose]() {
      const reason = new GatewayError('gateway_draining', 'The gateway is shutting down.')
      const closed = [...open].map(([socket, controller]) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        socket.once('close', () => resolve())
        controller.abort(reason)
        return promise
      })
      const timer = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, LAST_WORDS_MS)
      await Promise.all(closed)
      clearTimeout(timer)
    },
  }
}

/**
 * Answers a request whose socket Node gave away although it is none of ours: versions before 22.21 and 24.9 do not ask. It has no body
 * that could be read.
 */
export function answerDetached(request: IncomingMessage, socket: Duplex, handle: RequestListener): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
  response.once('finish', () => socket.end())
  handle(request, response)
}
