import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { plainText } from '../terminal.ts'
import { textOf } from '../text-of.ts'
import { splitToolName, toolPath } from '../tool-name.ts'

export type ToolFlags = CommonFlags

/** What is to change about which tool. */
export interface ToolWish {
  readonly verb: 'enable' | 'disable' | 'hide' | 'show' | 'rename' | 'describe' | 'reset'
  readonly name: string
  readonly text: string | undefined
}

const TIMEOUT_MS = 15_000

function changeOf({ verb, text = '' }: ToolWish): JsonObject | undefined {
  switch (verb) {
    case 'enable':
    case 'disable':
      return { enabled: verb === 'enable' }
    case 'hide':
    case 'show':
      return { hidden: verb === 'hide' }
    case 'rename':
      return { name: text }
    case 'describe':
      return { description: text }
    case 'reset':
      return undefined
  }
}

const DONE: Readonly<Record<ToolWish['verb'], string>> = {
  enable: 'switched on',
  disable: 'switched off',
  hide: 'hidden',
  show: 'listed',
  rename: 'renamed',
  describe: 'described anew',
  reset: 'as the document has it',
}

/** `trunkline tools enable|disable|hide|show|rename|describe|reset <server/tool>` */
export async function changeTool(context: CommandContext, wish: ToolWish, flags: ToolFlags): Promise<void> {
  const { terminal } = context
  const path = toolPath('/_meta/tools', splitToolName(wish.name))
  const body = changeOf(wish)
  const client = await connectToGateway(context, flags)
  const response = await client.send({ method: body ? 'PATCH' : 'DELETE', path, ...(body ? { body } : {}), timeoutMs: TIMEOUT_MS })
  const outcome = (await response.json().catch(() => null)) as JsonValue
  if (!isJsonObject(outcome)) throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
  if (terminal.json) return terminal.printJson({ tool: wish.name, ...outcome })
  terminal.print(plainText(`The tool ${wish.name} is ${DONE[wish.verb]}${textOf(outcome['outcome']) === 'unchanged' ? ' already' : ''}.`))
}
