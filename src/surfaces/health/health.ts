import type { Metrics } from '../../telemetry/index.ts'
import { renderProblem, sendJson, type HttpSurface } from '../http/index.ts'

export interface ServerHealth {
  readonly id: string
  readonly state: string
  /** Why it, or its lists, are not ready; null when all is well. */
  readonly reason: string | null
  /** ISO 8601; null unless it is backing off. */
  readonly nextAttemptAt: string | null
  readonly era: string | null
  readonly transport: string
  /** Tools in the last good snapshot; null before the first. */
  readonly tools: number | null
  /** How many instances run, for a server of which clients have their own. */
  readonly instances?: number
}

export interface GatewayHealth {
  readonly status: 'starting' | 'ready' | 'draining'
  readonly version: string
  readonly startedAt: string
  readonly config: {
    readonly file: string | null
    readonly generation: number
    readonly lastReload: { readonly at: string; readonly outcome: 'applied' | 'rejected'; readonly reason: string | null } | null
  }
  readonly catalog: { readonly generation: number }
  readonly activeRequests: number
  readonly servers: readonly ServerHealth[]
  readonly providers: readonly { readonly id: string; readonly kind: string }[]
}

export interface HealthSurfaceDeps {
  /** Read per request. */
  readonly health: () => GatewayHealth
  readonly metrics: Metrics
}

/**
 * `/livez`: the process answers. `/readyz`: it takes new work. Both tell nobody more than that. `/healthz` and `/metrics`
 * name servers and causes, so they ask for `admin:read`.
 */
export function createHealthSurface({ health, metrics }: HealthSurfaceDeps): HttpSurface {
  const open = { method: 'GET', policy: 'anyone', renderError: renderProblem, whileDraining: true } as const
  const guarded = { ...open, policy: 'admin:read' } as const
  return {
    name: 'health',
    routes: [
      { ...open, path: '/livez', handle: (_request, response) => sendJson(response, 200, '{"status":"ok"}') },
      {
        ...open,
        path: '/readyz',
        handle(_request, response) {
          const { status } = health()
          sendJson(response, status === 'ready' ? 200 : 503, JSON.stringify({ status }))
        },
      },
      { ...guarded, path: '/healthz', handle: (_request, response) => sendJson(response, 200, JSON.stringify(health())) },
      {
        ...guarded,
        path: '/metrics',
        handle(_request, response) {
          const body = metrics.render()
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'content-length': Buffer.byteLength(body) })
          response.end(body)
        },
      },
    ],
  }
}
