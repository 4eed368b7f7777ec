import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { selectionQuery, type SelectionFlags } from '../selection-flags.ts'
import { plainText, type Terminal } from '../terminal.ts'
import { textOf } from '../text-of.ts'
import { splitToolName, toolPath } from '../tool-name.ts'

const TIMEOUT_MS = 15_000

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : [])

function printFacts(terminal: Terminal, facts: readonly (readonly [string, string])[]): void {
  for (const [label, text] of facts) if (text !== '') terminal.print(plainText(`${label.padEnd(13)}${text}`))
}

function countsOf(capabilities: JsonValue | undefined): string {
  if (!isJsonObject(capabilities)) return 'not listed yet'
  return Object.entries(capabilities).map(([name, count]) => `${textOf(count)} ${name}`).join(', ')
}

function listServers({ terminal }: CommandContext, { servers }: JsonObject): void {
  const items = objectsIn(servers)
  const columns = ['server', 'state', 'era', 'tags', 'capabilities', 'reason']
  terminal.printList(items, columns, (index) => {
    const { server, state, era, tags, capabilities, reason } = items[index] ?? {}
    return [textOf(server), textOf(state), textOf(era), Array.isArray(tags) ? tags.join(', ') : '', countsOf(capabilities), textOf(reason)]
  })
}

function showServer({ terminal }: CommandContext, { server, state, reason, nextAttemptAt, era, tags, serverInfo, capabilities, instructions, tools }: JsonObject): void {
  const info = isJsonObject(serverInfo) ? `${textOf(serverInfo['name'])} ${textOf(serverInfo['version'])}` : ''
  printFacts(terminal, [
    ['server', textOf(server)],
    ['state', [textOf(state), textOf(reason)].filter((text) => text !== '').join(': ')],
    ['next attempt', textOf(nextAttemptAt)],
    ['era', textOf(era)],
    ['software', info],
    ['tags', Array.isArray(tags) ? tags.join(', ') : ''],
    ['offers', countsOf(capabilities)],
  ])
  if (textOf(instructions) !== '') terminal.print(plainText(`\n${textOf(instructions)}`))
  for (const tool of objectsIn(tools)) {
    const [line = ''] = textOf(tool['description'] ?? tool['title']).split('\n', 1)
    terminal.print(plainText(`\n${textOf(tool['tool'])}  (${textOf(tool['name'])}, ~${textOf(tool['tokens'])} tokens)\n  ${line}`))
  }
}

function showTool({ terminal }: CommandContext, { server, tool, name, title, description, tokens, changedAt, definition }: JsonObject): void {
  printFacts(terminal, [
    ['tool', `${textOf(server)}/${textOf(tool)}`],
    ['name', textOf(name)],
    ['title', textOf(title)],
    ['tokens', textOf(tokens)],
    ['changed', textOf(changedAt)],
  ])
  if (textOf(description) !== '') terminal.print(plainText(`\n${textOf(description)}`))
  const written = isJsonObject(definition) ? definition : {}
  for (const [label, key] of [['Arguments', 'inputSchema'], ['Result', 'outputSchema'], ['Annotations', 'annotations']] as const) {
    if (written[key] !== undefined) terminal.print(plainText(`\n${label}:\n${JSON.stringify(written[key], null, 2)}`))
  }
}

/** `trunkline inspect [server[/tool]]`: from what the gateway knows already. */
export async function inspect(context: CommandContext, name: string | undefined, flags: CommonFlags & SelectionFlags): Promise<void> {
  const isTool = name?.includes('/') ?? false
  const below = name === undefined ? '' : isTool ? toolPath('', splitToolName(name)) : `/${encodeURIComponent(name)}`
  const client = await connectToGateway(context, flags)
  const found = await client.getJson(`/api/inspect${below}${selectionQuery(flags)}`, TIMEOUT_MS)
  if (context.terminal.json) return context.terminal.printJson(found)
  if (name === undefined) listServers(context, found)
  else if (isTool) showTool(context, found)
  else showServer(context, found)
}
