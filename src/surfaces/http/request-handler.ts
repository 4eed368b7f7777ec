import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Identity, Principal } from '../../core/identity/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import { authorize } from './authorize.ts'
import { checkRequestHost, pathOf } from './check-request.ts'
import { answerPreflight, corsHeaders, isPreflight } from './cors.ts'
import { checkOrigin, type GuardOptions } from './guards.ts'
import { renderProblem } from './problem.ts'
import type { Router, RouteMatch } from './router.ts'
import type { RunningRequests } from './running-requests.ts'
import { sendError } from './send-error.ts'
import type { RequestContext } from './surface.ts'

export interface RequestHandlerDeps {
  /** Read per request, so that a reload needs no new listener. */
  current(): { readonly router: Router; readonly guards: GuardOptions & { readonly corsOrigins: readonly string[] } }
  /** Why a connection that was asked for is refused. */
  readonly refusal?: (request: IncomingMessage) => GatewayError | undefined
  readonly identity: () => Identity
  readonly running: RunningRequests
  readonly events: Events
  readonly logger: Logger
}

function readQueryKey({ url = '' }: IncomingMessage): string | undefined {
  const mark = url.indexOf('?')
  return mark < 0 ? undefined : (new URLSearchParams(url.slice(mark + 1)).get('key') ?? undefined)
}

function resolveRoute(request: IncomingMessage, router: Router, guards: GuardOptions): RouteMatch {
  checkRequestHost(request, guards)
  checkOrigin(request.headers.origin, guards)
  const path = pathOf(request)
  const lookup = router.find(request.method ?? '', path)
  if (lookup.kind === 'found') return lookup.match
  if (lookup.kind === 'none') throw new GatewayError('not_found', `Nothing is served at ${request.method} ${path}.`)
  const { allowed, first } = lookup
  const { own } = first.route
  if (own) return { ...first, route: { ...first.route, ...own.otherMethod } }
  throw new GatewayError('method_not_allowed', `Expected ${allowed.join(' or ')}, got ${request.method}.`, { details: { allowed } })
}

/** A preflight is answered in the words of whatever its path belongs to. */
function preflight(request: IncomingMessage, response: ServerResponse, router: Router, guards: GuardOptions & { readonly corsOrigins: readonly string[] }): void {
  checkRequestHost(request, guards)
  const lookup = router.find(request.headers['access-control-request-method'] ?? '', pathOf(request))
  const route = lookup.kind === 'found' ? lookup.match.route : lookup.kind === 'wrong-method' ? lookup.first.route : undefined
  if (route?.own) return route.own.preflight(request, response, guards.corsOrigins)
  answerPreflight(request, response, guards)
}

/**
 * A class, since an object literal with a getter gets a hidden class of its own each time, and that keeps whatever the getter closes
 * over until the next major collection: it was every request of the last seconds.
 */
class HandledRequest implements RequestContext {
  readonly requestId: string
  readonly principal: Principal
  readonly params: Readonly<Record<string, string>>
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly #request: IncomingMessage
  #url: URL | undefined

  constructor(request: IncomingMessage, { requestId, principal, params, logger, signal }: Omit<RequestContext, 'url'>) {
    this.#request = request
    this.requestId = requestId
    this.principal = principal
    this.params = params
    this.logger = logger
    this.signal = signal
  }

  /** Most handlers never look at it, and parsing costs more than routing. */
  get url(): URL {
    return (this.#url ??= new URL(`http://${this.#request.headers.host}${this.#request.url ?? '/'}`))
  }
}

/** Guards, routes, authorises and hands over; settles every request exactly once, with one event. */
export function createRequestHandler({ current, refusal, identity, running, events, logger }: RequestHandlerDeps): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    const started = performance.now()
    const requestId = `req_${randomUUID().replaceAll('-', '')}`
    response.setHeader('x-trunkline-request-id', requestId)
    const requestLogger = logger.child({ requestId })
    const controller = new AbortController()
    let match: RouteMatch | undefined
    response.once('close', () => {
      if (!response.writableFinished) controller.abort(new GatewayError('cancelled', 'The client left.'))
      const facts = { surface: match?.surface ?? 'none', route: match?.route.path ?? 'none', method: request.method ?? '' }
      events.requestSettled(requestLogger, { ...facts, status: response.statusCode, durationMs: performance.now() - started })
    })

    const handle = async (): Promise<void> => {
      const { router, guards } = current()
      for (const [name, value] of corsHeaders(request, guards.corsOrigins)) response.setHeader(name, value)
      if (isPreflight(request)) return preflight(request, response, router, guards)
      const refused = refusal?.(request)
      if (refused) throw refused
      match = resolveRoute(request, router, guards)
      if (match.route.whileDraining !== true) running.admit(response, controller)
      const queryKey = match.route.takesKeyInQuery === true ? readQueryKey(request) : undefined
      const principal = authorize(request.headers, match.route.policy, identity(), queryKey)
      const { params } = match
      await match.route.handle(request, response, new HandledRequest(request, { requestId, principal, params, logger: requestLogger, signal: controller.signal }))
    }
    handle().catch((thrown: unknown) => {
      const error = asGatewayError(thrown)
      if (error.code === 'unauthenticated' || error.code === 'forbidden') {
        events.authenticationRefused(requestLogger, { code: error.code, surface: match?.surface ?? 'none' })
      }
      const { allowed } = error.details
      if (Array.isArray(allowed) && !response.headersSent) response.setHeader('allow', allowed.join(', '))
      sendError(response, error, match?.route.renderError ?? renderProblem, requestId, requestLogger)
    })
  }
}
