import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import type { GatewayClient } from '../gateway-client.ts'
import { openMcpSession } from '../mcp-session.ts'
import { textOf } from '../text-of.ts'
import { serversOf } from './servers.ts'

export const serverPath = (server: string): string => `/mcp/${encodeURIComponent(server)}`

async function toolsOf(client: GatewayClient, server: string, version: string): Promise<readonly JsonObject[]> {
  const session = await openMcpSession(client, serverPath(server), version)
  try {
    return await session.listAll('tools/list', 'tools', 30_000)
  } finally {
    await session.close()
  }
}

/** The arguments of a tool in one line: `a:number b:number note?:string`. */
function signature(tool: JsonObject): string {
  const schema = tool['inputSchema']
  const properties = isJsonObject(schema) && isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = isJsonObject(schema) && Array.isArray(schema['required']) ? (schema['required'] as readonly unknown[]) : []
  return Object.entries(properties)
    .map(([name, property]) => `${name}${required.includes(name) ? '' : '?'}:${isJsonObject(property) ? textOf(property['type'] ?? 'any') : 'any'}`)
    .join(' ')
}

async function readyServers(context: CommandContext, client: GatewayClient, asked: string | undefined): Promise<readonly string[]> {
  const servers = serversOf(await client.getJson('/healthz', 10_000))
  const ids = servers.map((server) => textOf(server['id']))
  if (asked !== undefined && !ids.includes(asked)) {
    const near = nearestWord(asked, ids)
    throw new CliError(EXIT.notFound, 'unknown_server', `There is no MCP server \`${asked}\`.`, { hint: near === undefined ? `There are: ${ids.join(', ') || 'none'}.` : `Did you mean \`${near}\`?` })
  }
  const chosen = servers.filter((server) => asked === undefined || server['id'] === asked)
  for (const server of chosen.filter(({ state }) => state !== 'ready')) {
    const reason = textOf(server['reason']) && `: ${textOf(server['reason'])}`
    const message = `The server \`${textOf(server['id'])}\` is ${textOf(server['state'])}${reason}`
    if (asked !== undefined) throw new CliError(EXIT.unreachable, 'server_not_ready', message)
    context.terminal.note(`${message}; its tools are not listed.`)
  }
  return chosen.filter(({ state }) => state === 'ready').map(({ id }) => textOf(id))
}

/** `trunkline tools [server]` */
export async function listTools(context: CommandContext, server: string | undefined, flags: CommonFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const servers = await readyServers(context, client, server)
  const lists = await Promise.all(servers.map(async (id) => (await toolsOf(client, id, context.version)).map((tool): JsonObject => ({ server: id, ...tool }))))
  const tools = lists.flat()
  const firstLine = (tool: JsonObject | undefined): string => textOf(tool?.['description'] ?? tool?.['title']).split('\n', 1)[0] ?? ''
  context.terminal.printList(tools, ['tool', 'arguments', 'description'], (index) => {
    const tool = tools[index] ?? {}
    return [`${textOf(tool['server'])}/${textOf(tool['name'])}`, signature(tool), firstLine(tool)]
  })
}
