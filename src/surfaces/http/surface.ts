import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '../../core/identity/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Logger } from '../../telemetry/index.ts'

/** Who may use a route. There is no default: a route without a policy does not compile. */
export type RoutePolicy = 'anyone' | Scope

export interface ErrorAnswer {
  /** Where the protocol has a number of its own for the failure; the one of its code otherwise. */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

/**
 * Turns a failure into the body of the surface's own protocol; the status comes from the error's code. The request's headers are for
 * addresses that several protocols share.
 */
export type ErrorRenderer = (error: GatewayError, requestId: string, headers: IncomingHttpHeaders) => ErrorAnswer

export interface RequestContext {
  readonly requestId: string
  readonly principal: Principal
  /** Decoded values of the path's braces. */
  readonly params: Readonly<Record<string, string>>
  readonly url: URL
  readonly logger: Logger
  /** Aborts when the client goes away before its answer is complete, and when a drain runs out of time. */
  readonly signal: AbortSignal
}

/** What a route says where the server would answer for it. */
export interface OwnAnswers {
  /** To methods that no route of the path has: 405 without it. */
  readonly otherMethod: Pick<HttpRoute, 'policy' | 'handle'>
  /** To a preflight, whatever its origin; the host has been checked. */
  preflight(request: IncomingMessage, response: ServerResponse, corsOrigins: readonly string[]): void
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  /** `/v1/models/{id}`: braces hold one segment; `{id+}` at the end holds the rest, slashes included. */
  readonly path: string
  readonly policy: RoutePolicy
  readonly renderError: ErrorRenderer
  /** `?key=…` counts as a credential, for clients of a protocol that has it so. It is never logged or sent on. */
  readonly takesKeyInQuery?: true
  /** Answered even while the gateway drains: health and metrics. */
  readonly whileDraining?: boolean
  /** For a protocol that has answers of its own, the same on all routes of a path; the gateway's without it. */
  readonly own?: OwnAnswers
  /** Seconds a body may take are limited by the server; how long the answer takes is the handler's business. */
  handle(request: IncomingMessage, response: ServerResponse, context: RequestContext): void | Promise<void>
}

export type UpgradeContext = Omit<RequestContext, 'params'>

/** A connection that leaves HTTP: a WebSocket. What the handshake answers is the handler's business. */
export interface HttpUpgrade {
  readonly path: string
  readonly policy: RoutePolicy
  /** A key where clients cannot set headers, as in browsers. It is never logged or sent on. */
  readonly readKey?: (request: IncomingMessage) => string | undefined
  /** Web origins that may open it in place of `server.allowedOrigins`; undefined for those. */
  readonly origins?: () => readonly string[] | undefined
  /** The socket is the handler's from now on. The signal aborts when the connection closes, and when a drain runs out of time. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, context: UpgradeContext): void
}

/** A protocol a client can speak to us over HTTP. Node's own request and response: web streams cost more than all the rest. */
export interface HttpSurface {
  readonly name: string
  readonly routes: readonly HttpRoute[]
  readonly upgrades?: readonly HttpUpgrade[]
}
