import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { selectionQuery, type SelectionFlags } from '../selection-flags.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 30_000

interface Line {
  readonly kind: string
  readonly name: string
  readonly tools: number | null
  readonly tokens: number
}

const numberIn = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)

function linesOf(kind: 'server' | 'preset', value: JsonValue | undefined): readonly Line[] {
  const items = Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []
  return items.map((item) => ({ kind, name: textOf(item[kind]), tools: numberIn(item['tools']), tokens: numberIn(item['tokens']) }))
}

/** `trunkline tools --cost`: about how many tokens the list of tools costs a model, by mode, server and preset. */
export async function showToolCosts(context: CommandContext, flags: CommonFlags & SelectionFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const costs = await client.getJson(`/_meta/costs${selectionQuery(flags)}`, TIMEOUT_MS)
  const { list } = costs
  const modes = Object.entries(isJsonObject(list) ? list : {}).map(([name, tokens]): Line => ({ kind: 'list', name, tools: name === 'full' ? numberIn(costs['tools']) : null, tokens: numberIn(tokens) }))
  const lines = [...modes, ...linesOf('server', costs['servers']), ...linesOf('preset', costs['presets'])]
  context.terminal.printList(lines, ['what', 'name', 'tools', 'tokens'], (index) => {
    const line = lines[index]
    return line ? [line.kind, line.name, line.tools === null ? '' : String(line.tools), String(line.tokens)] : []
  })
}
