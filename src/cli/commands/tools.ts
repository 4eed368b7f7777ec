import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import type { GatewayClient } from '../gateway-client.ts'
import { selectionQuery, type SelectionFlags } from '../selection-flags.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 30_000
const PAGE = 1000

interface ToolList {
  /** Its definition, with its server and what it costs. */
  readonly tools: readonly JsonObject[]
  readonly missing: readonly JsonObject[]
}

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : [])

/** Under the name that clients call it by. */
function asTool({ server, tool, tokens, definition }: JsonObject): JsonObject {
  return { server: textOf(server), ...(isJsonObject(definition) ? definition : {}), name: textOf(tool), tokens: tokens ?? null }
}

async function readTools(client: GatewayClient, server: string | undefined, flags: SelectionFlags): Promise<ToolList> {
  const query = selectionQuery(flags)
  const base = `/api/tools${query === '' ? '?' : `${query}&`}schema=true&limit=${PAGE}${server === undefined ? '' : `&server=${encodeURIComponent(server)}`}`
  const tools: JsonObject[] = []
  let path = base
  for (;;) {
    const page = await client.getJson(path, TIMEOUT_MS)
    tools.push(...objectsIn(page['items']).map(asTool))
    const { next } = page
    if (typeof next !== 'string') return { tools, missing: objectsIn(page['missing']) }
    path = `${base}&cursor=${encodeURIComponent(next)}`
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

/** A server that is not ready is named; when it was asked for and shows nothing, that is the outcome. */
function noteMissing({ terminal }: CommandContext, { tools, missing }: ToolList, asked: string | undefined): void {
  for (const { server, state, reason } of missing) {
    const cause = textOf(reason) && `: ${textOf(reason).replace(/\.$/, '')}`
    const message = `The server \`${textOf(server)}\` is ${textOf(state)}${cause}`
    const isListed = tools.some((tool) => tool['server'] === server)
    if (asked !== undefined && !isListed) throw new CliError(EXIT.unreachable, 'server_not_ready', message)
    terminal.note(`${message}; ${isListed ? 'what it listed last is shown' : 'its tools are not listed'}.`)
  }
}

/** `trunkline tools [server]` */
export async function listTools(context: CommandContext, server: string | undefined, flags: CommonFlags & SelectionFlags & { readonly tokens?: boolean }): Promise<void> {
  const client = await connectToGateway(context, flags)
  const list = await readTools(client, server, flags)
  noteMissing(context, list, server)
  const { tools } = list
  const firstLine = (tool: JsonObject | undefined): string => textOf(tool?.['description'] ?? tool?.['title']).split('\n', 1)[0] ?? ''
  const more = flags.tokens === true ? ['tokens'] : []
  context.terminal.printList(tools, ['tool', ...more, 'arguments', 'description'], (index) => {
    const tool = tools[index] ?? {}
    return [`${textOf(tool['server'])}/${textOf(tool['name'])}`, ...more.map((key) => textOf(tool[key])), signature(tool), firstLine(tool)]
  })
}
