import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../../../../lib/json.ts'
import { withoutUndefined } from '../../../../../lib/without-undefined.ts'
import { ADDS, defineTool, type ToolAnswer, type ToolCall } from '../define-tool.ts'
import { findServer } from '../find-server.ts'
import { checkConnection, type GivenConnection } from '../install/check-connection.ts'
import { chooseName } from '../install/choose-name.ts'
import { planInstall, type InstallWay, type InstallWish } from '../install/plan-install.ts'
import { PACKAGE_KINDS } from '../install/plan-package.ts'
import type { ManageOutcome } from '../manage-port.ts'
import type { FoundEntry } from '../registry/registry-entry.ts'
import { showServer, tellServer } from '../show-server.ts'
import { OUTCOME_OUTPUT, tellOutcome } from '../tell-outcome.ts'
import { CONNECTION_INPUT, SERVER_INPUT, serverId } from './connection-input.ts'
import { needRegistry, registryName, registryVersion } from './discovery-tools.ts'

export const ways = z.enum([...PACKAGE_KINDS, 'remote'])

export const inputAnswers = z.record(z.string().max(200), z.union([z.string().max(4000), z.boolean(), z.array(z.string().max(4000)).max(100)]))

/** An entry from the registry, ready to be written. Throws when it cannot be. */
export async function planEntry(wish: InstallWish, call: ToolCall): Promise<JsonObject> {
  const { found } = wish
  const { name, version } = found.entry
  if (found.status === 'deleted') throw new GatewayError('invalid_request', `\`${name}\` ${version} was removed from the registry${found.statusMessage === undefined ? '' : `: ${found.statusMessage}`}.`)
  const plan = planInstall(wish, call.settings)
  const { url } = plan.entry
  if (typeof url === 'string') await call.checkAddress(url)
  const origin = { installedAt: new Date().toISOString(), ...(call.settings.registry ? { registry: call.settings.registry.url } : {}), name, version, package: plan.way, inputs: { ...plan.inputs } as JsonObject }
  return { ...plan.entry, origin }
}

/** How a server that was just written does, for whoever wrote it. */
export async function tellWritten(server: string, outcome: ManageOutcome, lead: string, call: ToolCall): Promise<ToolAnswer> {
  if (outcome.outcome === 'rejected') return tellOutcome(outcome, '')
  await call.port.contacted(server)
  const shown = showServer(findServer(call.port, server))
  return tellOutcome(outcome, `${lead}\n${tellServer(shown)}`, { server: shown })
}

const deprecated = ({ status, statusMessage }: FoundEntry): string => (status === 'active' ? '' : ` The registry calls it ${status}${statusMessage === undefined ? '' : `: ${statusMessage}`}.`)

interface Wish extends GivenConnection {
  readonly name?: string | undefined
  readonly version: string
  readonly package?: InstallWay | undefined
  readonly inputs: InstallWish['inputs']
  readonly server?: string | undefined
}

interface Planned {
  readonly server: string
  readonly entry: JsonObject
  readonly note: string
}

async function planFromRegistry(name: string, wish: Wish, call: ToolCall): Promise<Planned> {
  const found = await needRegistry(call).find(name, wish.version, call.context.signal)
  const taken = new Set(call.port.servers().map(({ id }) => id))
  return { server: wish.server ?? chooseName(name, taken), entry: await planEntry({ found, way: wish.package, inputs: wish.inputs }, call), note: deprecated(found) }
}

async function planFromHand({ server, url, headers, command, args, env, cwd }: Wish, call: ToolCall): Promise<Planned> {
  if (server === undefined) throw new GatewayError('invalid_request', 'Expected `server`: the name that it shall have here.')
  if (url !== undefined && (args ?? env ?? cwd) !== undefined) throw new GatewayError('invalid_request', '`args`, `env` and `cwd` belong to `command`, not to `url`.')
  if (command !== undefined && headers !== undefined) throw new GatewayError('invalid_request', '`headers` belongs to `url`, not to `command`.')
  checkConnection({ url, headers, command, args, env, cwd }, call.settings)
  if (url !== undefined) await call.checkAddress(url)
  return { server, entry: { ...withoutUndefined({ url, headers, command, args, env, cwd }), origin: { installedAt: new Date().toISOString() } }, note: '' }
}

async function plan(wish: Wish, call: ToolCall): Promise<Planned> {
  const { name, url, command } = wish
  const sources = [name, url, command].filter((source) => source !== undefined)
  if (sources.length !== 1) throw new GatewayError('invalid_request', 'Expected one of `name` (of a server in the registry), `url` and `command`.')
  if (name === undefined) return planFromHand(wish, call)
  if (wish.headers ?? wish.args ?? wish.env ?? wish.cwd) throw new GatewayError('invalid_request', 'A server of the registry says itself how it is reached: give what it asks for as `inputs`.')
  return planFromRegistry(name, wish, call)
}

function summary(server: string, entry: JsonObject): JsonObject {
  return showServer({ id: server, written: entry, source: 'installed', isTemplate: false, isEnabled: true, disabledReason: undefined, health: { state: 'planned' } })
}

export const install = defineTool(
  {
    name: 'install',
    title: 'Install a server',
    description: 'Adds an MCP server: one of the registry by `name`, in one exact version, or any by `url` or `command`. With `dry_run` it only shows what would be written.',
    input: {
      name: registryName.optional().describe('Of a server in the registry.'),
      version: registryVersion.default('latest').describe('Of the server in the registry; it is pinned.'),
      package: ways.optional().describe('Which of its ways; the first that is allowed without it.'),
      inputs: inputAnswers.default({}).describe('What it asks for (`registry_info`). Secrets only as `${NAME}`; `true` sets a flag that has no value.'),
      server: serverId.optional().describe('The name that it shall have here.'),
      ...CONNECTION_INPUT,
      ...SERVER_INPUT,
      dry_run: z.boolean().default(false),
    },
    output: { ...OUTCOME_OUTPUT, server: z.looseObject({ server: z.string() }).optional() },
    annotations: { ...ADDS, idempotentHint: false, openWorldHint: true },
  },
  async ({ tags, timeouts, dry_run: isDry, ...wish }, call) => {
    const { server, entry, note } = await plan(wish, call)
    const more = withoutUndefined({ tags, timeouts: timeouts && withoutUndefined(timeouts) })
    const whole: JsonObject = { ...entry, ...(isJsonObject(more) ? more : {}) }
    const shown = summary(server, whole)
    if (isDry) return { text: `Nothing was changed; this would be installed as \`${server}\`.${note}\n${JSON.stringify(shown, null, 2)}`, structured: { outcome: 'unchanged', added: [], changed: [], removed: [], problems: [], server: shown } }
    const outcome = await call.port.apply({ kind: 'install', server, entry: whole })
    return tellWritten(server, outcome, `Installed as \`${server}\`.${note}`, call)
  },
)
