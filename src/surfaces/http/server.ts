import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Identity } from '../../core/identity/index.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import { checkBinding, type GuardOptions } from './guards.ts'
import { refuseConnection } from './refuse-connection.ts'
import { createRequestHandler } from './request-handler.ts'
import { createRouter, type Router } from './router.ts'
import { createRunningRequests } from './running-requests.ts'
import type { HttpSurface } from './surface.ts'
import { answerDetached, createUpgrades } from './upgrades.ts'

export interface HttpServerSettings extends GuardOptions {
  readonly port: number
  readonly corsOrigins: readonly string[]
  readonly hasKeys: boolean
  readonly allowUnauthenticatedNetwork: boolean
  readonly limits: { readonly headerBytes: number; readonly headersTimeoutMs: number; readonly maxConnections: number }
}

export interface HttpServerDeps {
  readonly settings: HttpServerSettings
  readonly surfaces: readonly HttpSurface[]
  /** Read per request, so that a reload of keys needs no new listener. */
  readonly identity: () => Identity
  readonly events: Events
  readonly logger: Logger
}

/** The one listener of the gateway. It guards, authenticates, routes and drains; what an answer says is the surfaces' business. */
export interface HttpServer extends AsyncDisposable {
  readonly url: URL
  /** Requests in flight, health probes not counted. */
  readonly active: number
  /** Swaps what is served and asked for; running requests finish on the old. The address stays. */
  update(changes: { readonly surfaces: readonly HttpSurface[]; readonly settings: HttpServerSettings }): void
  /** Refuses new work and settles when the running work is done; at the deadline it aborts what still runs. */
  drain(deadlineMs: number): Promise<void>
}

function routerFor(surfaces: readonly HttpSurface[]): Router {
  return createRouter(surfaces.flatMap((surface) => surface.routes.map((route) => ({ surface: surface.name, route }))))
}

/** Rejects with `config_invalid` when the address may not be opened, and with the system's own error when it cannot. */
export async function createHttpServer(deps: HttpServerDeps): Promise<HttpServer> {
  let { settings } = deps
  let { surfaces } = deps
  let router = routerFor(surfaces)
  const running = createRunningRequests()
  checkBinding(settings.host, settings.hasKeys, settings.allowUnauthenticatedNetwork)
  const upgrades = createUpgrades({ ...deps, current: () => ({ surfaces, guards: settings }), isDraining: () => running.isDraining })
  const handle = createRequestHandler({ ...deps, running, refusal: upgrades.refusal, current: () => ({ router, guards: settings }) })
  const server = createServer(
    {
      maxHeaderSize: settings.limits.headerBytes,
      headersTimeout: settings.limits.headersTimeoutMs,
      requestTimeout: 0,
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 65_000,
      noDelay: true,
      shouldUpgradeCallback: upgrades.takes,
    },
    handle,
  )
  server.on('clientError', refuseConnection)
  server.on('upgrade', (request, socket, head) => {
    if (!upgrades.open(request, socket, head)) answerDetached(request, socket, handle)
  })
  server.maxConnections = settings.limits.maxConnections
  await listen(server, settings.host, settings.port)
  const { port } = server.address() as AddressInfo
  const name = settings.host.includes(':') ? `[${settings.host}]` : settings.host

  return {
    url: new URL(`http://${name}:${port}`),
    get active() {
      return running.count
    },
    update(changes) {
      ;({ surfaces } = changes)
      router = routerFor(surfaces)
      settings = changes.settings
      server.maxConnections = settings.limits.maxConnections
    },
    async drain(deadlineMs) {
      server.closeIdleConnections()
      await running.drain(deadlineMs)
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await upgrades[Symbol.asyncDispose]()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port }, () => {
    server.off('error', reject)
    resolve()
  })
  await promise
}
