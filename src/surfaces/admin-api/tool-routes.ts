import { z } from 'zod'
import type { SurveyedTool, ToolCatalog } from '../../core/catalog/index.ts'
import type { ConfigChange } from '../../core/config-change/index.ts'
import { estimateTextTokens } from '../../core/disclosure/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { JsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { withoutUndefined } from '../../lib/without-undefined.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import { createApprovalRoutes } from './approval-routes.ts'
import type { ToolChangeRequest, ToolDetails, ToolEntry, ToolList } from './contract.ts'
import { readJsonBody } from './read-json-body.ts'
import { sendOutcome } from './send-outcome.ts'

export interface ToolRoutesDeps {
  readonly catalog: ToolCatalog
  readonly configChange: ConfigChange
  /** Every configured server, also one that is switched off. */
  servers(): readonly McpServerDefinition[]
}

const textOrNothing = z.string().min(1).nullable().exactOptional()
const switchOrNothing = z.boolean().nullable().exactOptional()

const toolChange: z.ZodType<ToolChangeRequest> = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: 'expected 1–64 letters, digits, `_`, `.` or `-`' }).nullable().exactOptional(),
    title: textOrNothing,
    description: textOrNothing,
    annotations: z.record(z.string(), z.json()).nullable().exactOptional(),
    enabled: switchOrNothing,
    hidden: switchOrNothing,
  })
  .refine((change) => Object.keys(change).length > 0, { error: 'expected one of `name`, `title`, `description`, `annotations`, `enabled` and `hidden`' })

function textIn(definition: JsonText, key: string): string | null {
  const text = readMember(definition, key)
  const value = text === undefined ? undefined : parseJsonText(text)
  return typeof value === 'string' ? value : null
}

function describe({ server, tool, ownName, state, changedAt, isOfInstance, override, definition }: SurveyedTool): ToolEntry {
  return {
    server,
    tool,
    name: ownName,
    state,
    changedAt: changedAt?.toISOString() ?? null,
    ofInstance: isOfInstance,
    tokens: estimateTextTokens(definition),
    title: textIn(definition, 'title'),
    description: textIn(definition, 'description'),
    override: withoutUndefined({ ...override }),
  }
}

function details(tool: SurveyedTool): ToolDetails {
  return { ...describe(tool), definition: parseJsonText(tool.definition), original: parseJsonText(tool.original) }
}

interface Found {
  readonly server: McpServerDefinition
  /** Undefined for a tool of a server whose tools depend on the client. */
  readonly tool: SurveyedTool | undefined
  readonly siblings: readonly SurveyedTool[]
}

function findTool({ catalog, servers }: ToolRoutesDeps, params: Readonly<Record<string, string>>): Found {
  const { server: id = '', tool: name = '' } = params
  const server = servers().find((candidate) => candidate.id === id)
  if (!server) throw new GatewayError('unknown_server', `There is no MCP server \`${id}\`.`)
  const siblings = catalog.survey().filter((tool) => tool.server === id)
  const tool = siblings.find((candidate) => candidate.tool === name) ?? siblings.find((candidate) => candidate.ownName === name)
  if (tool || server.instances) return { server, tool, siblings }
  if (siblings.length === 0) throw new GatewayError('server_unavailable', `The tools of the MCP server \`${id}\` are not known, because it was not listed since the gateway started.`)
  const near = nearestWord(name, siblings.map((candidate) => candidate.tool))
  throw new GatewayError('unknown_capability', `The MCP server \`${id}\` has no tool \`${name}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`)
}

/** A name that a sibling has would be given to neither in the end. */
function checkName({ name }: ToolChangeRequest, { tool, siblings }: Found): void {
  const holder = siblings.find((sibling) => sibling !== tool && (sibling.ownName === name || sibling.tool === name))
  if (holder) throw new GatewayError('invalid_request', `The tool \`${holder.server}/${holder.tool}\` has the name \`${String(name)}\` already.`)
}

/** Tools with their switches. What is answered is in force and durable, and clients have been told. */
export function createToolRoutes(deps: ToolRoutesDeps): readonly HttpRoute[] {
  const { catalog, configChange, servers } = deps
  const read = { method: 'GET', policy: 'admin:read', renderError: renderProblem } as const
  const write = { policy: 'admin:write', renderError: renderProblem } as const
  const change = async (params: Readonly<Record<string, string>>, found: Found, wanted: JsonObject | undefined) =>
    configChange.apply([{ kind: 'tool', server: found.server.id, tool: found.tool?.tool ?? params['tool'] ?? '', change: wanted }])
  return [
    {
      ...read,
      path: '/_meta/tools',
      handle(_request, response, { url }) {
        const server = url.searchParams.get('server')
        if (server !== null && !servers().some(({ id }) => id === server)) throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
        const list: ToolList = { items: catalog.survey().filter((tool) => server === null || tool.server === server).map(describe), next: null }
        sendJson(response, 200, JSON.stringify(list))
      },
    },
    ...createApprovalRoutes(catalog),
    {
      ...read,
      path: '/_meta/tools/{server}/{tool+}',
      handle(_request, response, { params }) {
        const { tool, server } = findTool(deps, params)
        if (!tool) throw new GatewayError('unknown_capability', `The tools of \`${server.id}\` depend on the client: ask one of its clients.`)
        sendJson(response, 200, JSON.stringify(details(tool)))
      },
    },
    {
      ...write,
      method: 'PATCH',
      path: '/_meta/tools/{server}/{tool+}',
      async handle(request, response, { params }) {
        const wanted = await readJsonBody(request, toolChange)
        const found = findTool(deps, params)
        if (typeof wanted.name === 'string') checkName(wanted, found)
        sendOutcome(response, await change(params, found, { ...wanted } as JsonObject))
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: '/_meta/tools/{server}/{tool+}',
      async handle(_request, response, { params }) {
        sendOutcome(response, await change(params, findTool(deps, params), undefined))
      },
    },
  ]
}
