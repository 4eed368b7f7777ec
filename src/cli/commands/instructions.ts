import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { selectionQuery, type SelectionFlags } from '../selection-flags.ts'
import { plainText } from '../terminal.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 30_000

/** `trunkline instructions [server]` */
export async function showInstructions(context: CommandContext, server: string | undefined, flags: CommonFlags & SelectionFlags): Promise<void> {
  const { terminal } = context
  const query = selectionQuery(flags)
  const only = server === undefined ? '' : `${query === '' ? '?' : '&'}server=${encodeURIComponent(server)}`
  const client = await connectToGateway(context, flags)
  const told = await client.getJson(`/api/instructions${query}${only}`, TIMEOUT_MS)
  if (terminal.json) return terminal.printJson(told)
  const { instructions, missing } = told
  if (typeof instructions === 'string') for (const line of instructions.split('\n')) terminal.print(plainText(line))
  else terminal.note('The servers say nothing about themselves.')
  for (const each of Array.isArray(missing) ? (missing as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []) {
    terminal.note(plainText(`The server \`${textOf(each['server'])}\` is ${textOf(each['state'])}: ${textOf(each['reason'])}`))
  }
}
