import { CliError, EXIT } from '../cli-error.ts'
import { plainText } from '../terminal.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { connectToGateway } from '../connect.ts'
import { textOf } from '../text-of.ts'

export function serversOf(health: JsonObject): readonly JsonObject[] {
  const servers = health['servers']
  return Array.isArray(servers) ? (servers as readonly JsonValue[]).filter((server) => isJsonObject(server)) : []
}

/** `trunkline servers` */
export async function listServers(context: CommandContext, flags: CommonFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const servers = serversOf(await client.getJson('/healthz', 10_000))
  const columns = ['id', 'state', 'era', 'transport', 'tools', 'reason', 'nextAttemptAt']
  context.terminal.printList(servers, columns, (index) => columns.map((column) => textOf(servers[index]?.[column])))
  if (servers.length === 0) context.terminal.note('No MCP servers are configured. Add one below `mcpServers` in trunkline.yaml.')
}

/** `trunkline servers enable|disable <server>` */
export async function switchServer(context: CommandContext, server: string, isEnabled: boolean, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const client = await connectToGateway(context, flags)
  const response = await client.send({ method: 'PUT', path: `/_meta/servers/${encodeURIComponent(server)}`, body: { enabled: isEnabled }, timeoutMs: 15_000 })
  const outcome = (await response.json().catch(() => null)) as JsonValue
  if (!isJsonObject(outcome)) throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
  if (terminal.json) return terminal.printJson({ server, ...outcome })
  terminal.print(plainText(`The server ${server} is switched ${isEnabled ? 'on' : 'off'}${outcome['outcome'] === 'unchanged' ? ' already' : ''}.`))
}
