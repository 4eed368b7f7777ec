import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { plainText } from '../terminal.ts'
import { textOf } from '../text-of.ts'

/** What `presets set` takes; exactly one way to select. */
export interface PresetFlags extends CommonFlags {
  readonly filter?: string
  readonly tags?: string
  readonly servers?: string
  readonly description?: string
}

const TIMEOUT_MS = 15_000
const presetPath = (name: string): string => `/_meta/presets/${encodeURIComponent(name)}`
const listOf = (value: JsonValue | undefined): string => (Array.isArray(value) ? (value as readonly JsonValue[]).map(textOf).join(', ') : '')

/** The selection in one cell: `filter repo+!slow`. */
function wayOf({ filter, tags, servers }: JsonObject): string {
  if (filter !== undefined) return `filter ${textOf(filter)}`
  return tags === undefined ? `servers ${listOf(servers)}` : `tags ${listOf(tags)}`
}

/** `trunkline presets` */
export async function listPresets(context: CommandContext, flags: CommonFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const { items } = await client.getJson('/_meta/presets', TIMEOUT_MS)
  const presets = Array.isArray(items) ? (items as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []
  context.terminal.printList(presets, ['preset', 'selects', 'servers', 'origin', 'description'], (index) => {
    const preset = presets[index] ?? {}
    return [textOf(preset['name']), wayOf(preset), listOf(preset['selected']), textOf(preset['origin']), textOf(preset['description'])]
  })
  if (presets.length === 0) context.terminal.note('There are no presets. Make one with `trunkline presets set <name> --tags <list>`, or below `presets` in trunkline.yaml.')
}

/** `trunkline presets show <name>` */
export async function showPreset(context: CommandContext, name: string, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const client = await connectToGateway(context, flags)
  const preset = await client.getJson(presetPath(name), TIMEOUT_MS)
  if (terminal.json) return terminal.printJson(preset)
  const lines = [
    ['preset', textOf(preset['name'])],
    ['description', textOf(preset['description'])],
    ['selects', wayOf(preset)],
    ['servers now', listOf(preset['selected']) || 'none'],
    ['origin', textOf(preset['origin'])],
    ['MCP clients', `${client.url}${textOf(preset['path'])}`],
  ] as const
  for (const [label, text] of lines) if (text !== '') terminal.print(plainText(`${label.padEnd(12)}${text}`))
}

const split = (list: string): readonly string[] => list.split(',').map((item) => item.trim()).filter((item) => item !== '')

function changeOf({ filter, tags, servers, description }: PresetFlags): JsonObject {
  const given = [filter, tags, servers].filter((way) => way !== undefined)
  if (given.length !== 1) throw new CliError(EXIT.usage, 'invalid_argument', `Expected one of \`--filter\`, \`--tags\` and \`--servers\`, found ${given.length === 0 ? 'none' : `${given.length}`}.`)
  return {
    ...(description === undefined ? {} : { description }),
    ...(filter === undefined ? {} : { filter }),
    ...(tags === undefined ? {} : { tags: split(tags) }),
    ...(servers === undefined ? {} : { servers: split(servers) }),
  }
}

async function change(context: CommandContext, name: string, flags: CommonFlags, body: JsonObject | undefined): Promise<void> {
  const { terminal } = context
  const client = await connectToGateway(context, flags)
  const response = await client.send({ method: body ? 'PUT' : 'DELETE', path: presetPath(name), ...(body ? { body } : {}), timeoutMs: TIMEOUT_MS })
  const outcome = (await response.json().catch(() => null)) as JsonValue
  if (!isJsonObject(outcome)) throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
  if (terminal.json) return terminal.printJson({ preset: name, ...outcome })
  terminal.print(plainText(`The preset ${name} is ${body ? 'set' : 'removed'}${outcome['outcome'] === 'unchanged' ? ' already' : ''}.`))
}

/** `trunkline presets set <name> --filter …` */
export async function setPreset(context: CommandContext, name: string, flags: PresetFlags): Promise<void> {
  await change(context, name, flags, changeOf(flags))
}

/** `trunkline presets remove <name>` */
export async function removePreset(context: CommandContext, name: string, flags: CommonFlags): Promise<void> {
  await change(context, name, flags, undefined)
}
