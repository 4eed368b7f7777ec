import { z } from 'zod'
import type { ConfigChange } from '../../core/config-change/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { renderProblem, type HttpRoute } from '../http/index.ts'
import type { ServerChange } from './contract.ts'
import { readJsonBody } from './read-json-body.ts'
import { sendOutcome } from './send-outcome.ts'

export interface ServerRoutesDeps {
  readonly configChange: ConfigChange
  /** Every configured server, also one that is switched off. */
  servers(): readonly McpServerDefinition[]
}

const serverChange: z.ZodType<ServerChange> = z.strictObject({ enabled: z.boolean() })

/** The switch of each MCP server. One that is switched off is stopped, and its tools are gone for everybody. */
export function createServerRoutes({ configChange, servers }: ServerRoutesDeps): readonly HttpRoute[] {
  return [
    {
      method: 'PUT',
      path: '/_meta/servers/{id}',
      policy: 'admin:write',
      renderError: renderProblem,
      async handle(request, response, { params }) {
        const id = params['id'] ?? ''
        const { enabled } = await readJsonBody(request, serverChange)
        const server = servers().find((candidate) => candidate.id === id)
        if (!server) throw new GatewayError('unknown_server', `There is no MCP server \`${id}\`.`)
        if (enabled && server.disabledReason !== undefined) throw new GatewayError('invalid_request', `The MCP server \`${id}\` cannot be switched on: ${server.disabledReason}`)
        sendOutcome(response, await configChange.apply([{ kind: 'server', server: id, isEnabled: enabled }]))
      },
    },
  ]
}
