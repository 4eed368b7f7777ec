import type { RouteNode } from '../../domain/route.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import { configOptions, noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { plainText } from '../terminal.ts'
import { routeLines } from '../route-lines.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 15_000

/** Slashes stay: they are part of the names, and of the gateway’s path. */
const modelPath = (name: string): string => `/_meta/models/${name.split('/').map(encodeURIComponent).join('/')}`

function itemsOf(body: JsonObject): readonly JsonObject[] {
  const { items } = body
  return Array.isArray(items) ? (items as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []
}

/** `trunkline models` */
export async function listModels(context: CommandContext, flags: CommonFlags): Promise<void> {
  const client = await connectToGateway(context, flags)
  const models = itemsOf(await client.getJson('/_meta/models', TIMEOUT_MS))
  context.terminal.printList(models, ['model', 'owner', 'state', 'favourite'], (index) => {
    const { name, owner, enabled, favourite } = models[index] ?? {}
    return [textOf(name), textOf(owner), enabled === false ? 'off' : 'on', favourite === true ? '★' : '']
  })
  if (models.length === 0) context.terminal.note('No provider lists a model. Configure one below `providers` in trunkline.yaml.')
}

const DONE = { enabled: ['switched off', 'switched on'], favourite: ['no favourite', 'a favourite'] } as const

/** `trunkline models enable|disable|favourite|unfavourite <model>` */
export async function switchModel(context: CommandContext, name: string, change: { readonly enabled?: boolean; readonly favourite?: boolean }, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const client = await connectToGateway(context, flags)
  const response = await client.send({ method: 'PUT', path: modelPath(name), body: { ...change }, timeoutMs: TIMEOUT_MS })
  const outcome = (await response.json().catch(() => null)) as JsonValue
  if (!isJsonObject(outcome)) throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
  if (terminal.json) return terminal.printJson({ model: name, ...outcome })
  const words = change.enabled === undefined ? DONE.favourite[Number(change.favourite)] : DONE.enabled[Number(change.enabled)]
  terminal.print(`${plainText(name)} is ${words ?? ''}${outcome['outcome'] === 'unchanged' ? ' already' : ''}.`)
}

interface Explained {
  readonly by: JsonObject
  readonly root: RouteNode
}

async function explainByGateway(context: CommandContext, name: string, flags: CommonFlags): Promise<Explained> {
  const client = await connectToGateway(context, flags)
  const { by, root } = await client.getJson(modelPath(name), TIMEOUT_MS)
  if (isJsonObject(by) && isJsonObject(root)) return { by, root: root as unknown as RouteNode }
  throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${client.url} is no Trunkline gateway.`)
}

async function explainByConfig(context: CommandContext, name: string, flags: CommonFlags): Promise<Explained> {
  const [{ explainModel }, { loadConfig, renderIssue }, { GatewayError }] = await Promise.all([import('../../app/index.ts'), import('../../config/index.ts'), import('../../domain/errors.ts')])
  const loaded = loadConfig(configOptions(context, flags))
  noteWarnings(context.terminal, loaded, renderIssue)
  try {
    const { by, route } = explainModel(loaded.config, name)
    return { by: { ...by }, root: route.root }
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unknown_model') throw new CliError(EXIT.notFound, error.code, error.message, { cause: error })
    throw error
  }
}

function reasonOf(by: JsonObject): string {
  switch (by['kind']) {
    case 'public-model':
      return 'a public model'
    case 'rule':
      return `by the rule \`${textOf(by['pattern'])}\``
    case 'catch-all':
      return `any other vendor’s model, at \`${textOf(by['provider'])}\``
    default:
      return `a model of \`${textOf(by['provider'])}\``
  }
}

/** `trunkline models resolve <name>` */
export async function resolveModelName(context: CommandContext, name: string, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const { by, root } = flags.url === undefined ? await explainByConfig(context, name, flags) : await explainByGateway(context, name, flags)
  if (terminal.json) return terminal.printJson({ name, by, root })
  terminal.print(plainText(`${name} is ${reasonOf(by)}`))
  for (const line of routeLines(root)) terminal.print(plainText(line))
}
