import { z } from 'zod'
import type { JsonObject } from '../../../../../lib/json.ts'
import { defineTool, LOOKS } from '../define-tool.ts'
import { findServer } from '../find-server.ts'
import { showServer, tellServer } from '../show-server.ts'
import { serverId } from './connection-input.ts'

const SERVER_OUTPUT = z.looseObject({ server: z.string(), source: z.enum(['document', 'installed', 'default']), enabled: z.boolean(), tags: z.array(z.string()), state: z.string() })

export const list = defineTool(
  {
    name: 'list',
    title: 'List servers',
    description: 'Every configured MCP server: where it comes from, how it is reached (secrets are masked) and how it is.',
    input: { enabled: z.boolean().optional().describe('Only those that are switched on, or off.'), tag: z.string().optional() },
    output: { servers: z.array(SERVER_OUTPUT) },
    annotations: LOOKS,
  },
  ({ enabled, tag }, { port }) => {
    const servers = port.servers().map(showServer).filter((shown) => (enabled === undefined || shown['enabled'] === enabled) && (tag === undefined || (Array.isArray(shown['tags']) && shown['tags'].includes(tag))))
    return { text: servers.length === 0 ? 'There are no such servers.' : servers.map((shown) => `- ${tellServer(shown)}`).join('\n'), structured: { servers } }
  },
)

export const status = defineTool(
  {
    name: 'status',
    title: 'Status',
    description: 'How the gateway is, and how its MCP servers are; or one server in full.',
    input: { server: serverId.optional() },
    output: { gateway: z.looseObject({}).optional(), servers: z.array(SERVER_OUTPUT.extend({ health: z.looseObject({}) })) },
    annotations: LOOKS,
  },
  ({ server }, { port }) => {
    const managed = server === undefined ? port.servers() : [findServer(port, server)]
    const servers = managed.map((each): JsonObject => ({ ...showServer(each), health: each.health }))
    const structured: JsonObject = { ...(server === undefined ? { gateway: port.status() } : {}), servers }
    return { text: JSON.stringify(structured, null, 2), structured }
  },
)
