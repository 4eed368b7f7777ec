import { z } from 'zod'
import type { ToolCatalog } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { ToolApproval, ToolApprovals, ToolDefinitionChanges } from './contract.ts'
import { describeChange } from './describe-change.ts'
import { readJsonBody } from './read-json-body.ts'

const approval: z.ZodType<ToolApproval> = z.union([z.strictObject({ all: z.literal(true) }), z.strictObject({ server: z.string(), tool: z.string() })], { error: 'expected `server` and `tool`, or `all: true`' })

/** Definitions that changed, and their approval, which is durable and in force when it is answered. */
export function createApprovalRoutes(catalog: ToolCatalog): readonly HttpRoute[] {
  return [
    {
      method: 'GET',
      policy: 'admin:read',
      renderError: renderProblem,
      path: '/_meta/tools/changes',
      handle(_request, response) {
        const held = new Set(catalog.survey().flatMap(({ server, tool, state }) => (state === 'held' ? [JSON.stringify([server, tool])] : [])))
        const items = catalog.changes().map((change) => describeChange(change, held.has(JSON.stringify([change.server, change.tool]))))
        const list: ToolDefinitionChanges = { items, next: null }
        sendJson(response, 200, JSON.stringify(list))
      },
    },
    {
      method: 'POST',
      policy: 'admin:write',
      renderError: renderProblem,
      path: '/_meta/tools/approvals',
      async handle(request, response) {
        const wanted = await readJsonBody(request, approval)
        const which = 'all' in wanted ? 'all' : { server: wanted.server as McpServerId, tool: wanted.tool }
        const approved = await catalog.approve(which)
        if (which !== 'all' && approved.length === 0) throw new GatewayError('not_found', `No change of the tool \`${which.server}/${which.tool}\` waits for an approval.`)
        const answer: ToolApprovals = { approved: approved.map(({ server, tool }) => ({ server, tool })) }
        sendJson(response, 200, JSON.stringify(answer))
      },
    },
  ]
}
