import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 15_000

/** `trunkline tools --state`: every tool, also what no client sees. */
export async function listToolStates(context: CommandContext, server: string | undefined, flags: CommonFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const { items } = await client.getJson(`/_meta/tools${server === undefined ? '' : `?server=${encodeURIComponent(server)}`}`, TIMEOUT_MS)
  const tools = Array.isArray(items) ? (items as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []
  context.terminal.printList(tools, ['tool', 'name', 'state', 'changed', 'tokens'], (index) => {
    const tool = tools[index] ?? {}
    const { tool: own, name, state, changedAt, ofInstance, tokens } = tool
    return [`${textOf(tool['server'])}/${textOf(own)}`, name === own ? '' : textOf(name), ofInstance === true ? `${textOf(state)} (of an instance)` : textOf(state), textOf(changedAt), textOf(tokens)]
  })
}
