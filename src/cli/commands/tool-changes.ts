import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { plainText } from '../terminal.ts'
import { textOf } from '../text-of.ts'
import { splitToolName } from '../tool-name.ts'

const TIMEOUT_MS = 15_000

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : [])

/** `trunkline tools changes` */
export async function showToolChanges(context: CommandContext, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const client = await connectToGateway(context, flags)
  const changes = objectsIn((await client.getJson('/_meta/tools/changes', TIMEOUT_MS))['items'])
  if (terminal.json) return terminal.printJson({ items: changes, next: null })
  for (const { server, tool, held, changedAt, approvedAt, diff } of changes) {
    terminal.print(plainText(`${textOf(server)}/${textOf(tool)} changed ${textOf(changedAt)}, approved ${textOf(approvedAt)}${held === true ? ', held back' : ''}`))
    for (const line of Array.isArray(diff) ? (diff as readonly JsonValue[]) : []) terminal.print(plainText(`  ${textOf(line)}`))
  }
  terminal.note(changes.length === 0 ? 'No definition changed, where `mcp.pinning` asks for it.' : `Approve with \`${context.invocation} tools approve <server/tool>\`, or \`--all\`.`)
}

/** `trunkline tools approve <server/tool> | --all` */
export async function approveTools(context: CommandContext, name: string | undefined, flags: CommonFlags & { readonly all?: boolean }): Promise<void> {
  const { terminal } = context
  if ((name === undefined) === (flags.all !== true)) throw new CliError(EXIT.usage, 'invalid_argument', 'Expected `server/tool` or `--all`, and not both.')
  const body: JsonObject = name === undefined ? { all: true } : { ...splitToolName(name) }
  const client = await connectToGateway(context, flags)
  const response = await client.send({ method: 'POST', path: '/_meta/tools/approvals', body, timeoutMs: TIMEOUT_MS })
  const answer = (await response.json().catch(() => null)) as JsonValue
  if (!isJsonObject(answer)) throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
  if (terminal.json) return terminal.printJson(answer)
  const approved = objectsIn(answer['approved'])
  for (const { server, tool } of approved) terminal.print(plainText(`${textOf(server)}/${textOf(tool)} is approved.`))
  if (approved.length === 0) terminal.note('Nothing waits for an approval.')
}
