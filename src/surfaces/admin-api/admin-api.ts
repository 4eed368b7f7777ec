import type { CallAudit } from '../../core/calls/index.ts'
import type { ToolCatalog } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { renderProblem, sendJson, type HttpSurface } from '../http/index.ts'
import { createCallsRoute } from './calls-route.ts'
import { createCostRoute } from './cost-route.ts'
import type { ReloadAnswer } from './contract.ts'
import { createModelRoutes, type ModelRoutesDeps } from './model-routes.ts'
import { createPresetRoutes, type PresetRoutesDeps } from './preset-routes.ts'
import { createServerRoutes, type ServerRoutesDeps } from './server-routes.ts'
import { createToolRoutes, type ToolRoutesDeps } from './tool-routes.ts'
import { createUsageRoute, type ReadUsage } from './usage-route.ts'

export interface AdminApiDeps extends ModelRoutesDeps, PresetRoutesDeps, ToolRoutesDeps, ServerRoutesDeps {
  /** Reads the configuration again and applies what changed; never throws for a bad document. */
  reload(): Promise<ReloadAnswer>
  /** False when there is no such server. */
  restartServer(id: string): boolean
  readonly readUsage: ReadUsage
  readonly catalog: ToolCatalog
  readonly audit: Pick<CallAudit, 'find'>
}

/** Administration for scripts, the CLI and the web app. Every route here needs an administrator's scope. */
export function createAdminApiSurface({ reload, restartServer, readUsage, audit, ...rest }: AdminApiDeps): HttpSurface {
  const base = { method: 'POST', policy: 'admin:write', renderError: renderProblem } as const
  return {
    name: 'admin-api',
    routes: [
      {
        ...base,
        path: '/_meta/config/reload',
        async handle(_request, response) {
          const answer = await reload()
          sendJson(response, answer.outcome === 'rejected' ? 422 : 200, JSON.stringify(answer))
        },
      },
      {
        ...base,
        path: '/_meta/servers/{id}/restart',
        handle(_request, response, { params }) {
          const id = params['id'] ?? ''
          if (!restartServer(id)) throw new GatewayError('unknown_server', `There is no MCP server \`${id}\`.`)
          sendJson(response, 202, JSON.stringify({ id, state: 'starting' }))
        },
      },
      ...createModelRoutes(rest),
      ...createPresetRoutes(rest),
      ...createToolRoutes(rest),
      ...createServerRoutes(rest),
      createCallsRoute(audit),
      createCostRoute(rest.catalog),
      createUsageRoute(readUsage),
    ],
  }
}
