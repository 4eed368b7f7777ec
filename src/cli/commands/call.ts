import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { parseDuration } from '../../lib/parse-duration.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { openMcpSession, type McpSession } from '../mcp-session.ts'
import { selectionQuery, type SelectionFlags } from '../selection-flags.ts'
import { plainText } from '../terminal.ts'
import { textOf } from '../text-of.ts'
import { splitToolName } from '../tool-name.ts'
import { parseToolArguments } from '../tool-arguments.ts'

export interface CallFlags extends CommonFlags, SelectionFlags {
  readonly argsJson?: string
  readonly timeout?: string
}

function readJsonArguments(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as JsonValue
    if (isJsonObject(value)) return value
  } catch {
    // Said below, with the same words as for a value that is no object.
  }
  throw new CliError(EXIT.usage, 'invalid_argument', 'Expected `--args-json` to be a JSON object such as `{"a":1}`.')
}

function readTimeout(text: string | undefined): number {
  const ms = parseDuration(text ?? '60s')
  if (ms !== undefined && ms > 0) return ms
  throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`--timeout\` to be a duration such as \`30s\`, got \`${text ?? ''}\`.`)
}

async function findTool(session: McpSession, server: string, name: string, timeoutMs: number): Promise<JsonObject> {
  const tools = await session.listAll('tools/list', 'tools', timeoutMs)
  const tool = tools.find((candidate) => candidate['name'] === name)
  if (tool) return tool
  const names = tools.map((candidate) => textOf(candidate['name']))
  const near = nearestWord(name, names)
  throw new CliError(EXIT.notFound, 'unknown_tool', `The server \`${server}\` has no tool \`${name}\`.`, { hint: near === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean \`${near}\`?` })
}

/** Texts as they are; of everything else what it is and how long, since a terminal is no place for an image. */
function renderBlock(block: JsonValue): string {
  if (!isJsonObject(block)) return JSON.stringify(block)
  if (block['type'] === 'text') return plainText(textOf(block['text']))
  const data = block['data']
  if (typeof data === 'string') return `[${textOf(block['type'])} ${textOf(block['mimeType'])}, ${Math.floor((data.length * 3) / 4)} bytes; --json shows it]`
  return JSON.stringify(block)
}

/** `trunkline call server/tool name=value …` */
export async function callTool(context: CommandContext, name: string, pairs: readonly string[], flags: CallFlags): Promise<void> {
  const { server, tool } = splitToolName(name)
  const given = flags.argsJson === undefined ? {} : readJsonArguments(flags.argsJson)
  const timeoutMs = readTimeout(flags.timeout)
  const client = await connectToGateway(context, flags)
  const session = await openMcpSession(client, `/mcp/${encodeURIComponent(server)}${selectionQuery(flags)}`, context.version)
  let result: JsonObject
  try {
    const definition = await findTool(session, server, tool, timeoutMs)
    const args = { ...given, ...parseToolArguments(pairs, definition['inputSchema']) }
    result = await session.request('tools/call', { name: tool, arguments: args }, timeoutMs)
  } finally {
    await session.close().catch((error: unknown) => context.terminal.note(`The session could not be closed: ${String(error)}`))
  }
  const content = Array.isArray(result['content']) ? (result['content'] as readonly JsonValue[]) : []
  const texts = content.map(renderBlock)
  if (context.terminal.json) context.terminal.printJson(result)
  else if (result['isError'] !== true) for (const text of texts.length > 0 ? texts : [JSON.stringify(result['structuredContent'] ?? {})]) context.terminal.print(text)
  if (result['isError'] === true) throw new CliError(EXIT.answeredWithError, 'tool_error', texts.join('\n') || `The tool \`${name}\` failed without saying why.`)
}
