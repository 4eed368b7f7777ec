import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../../lib/json.ts'
import { withoutUndefined } from '../../../../../lib/without-undefined.ts'
import { defineTool, REPLACES, type ToolCall } from '../define-tool.ts'
import { findChangeable } from '../find-server.ts'
import { checkConnection, namesCommand, type GivenConnection } from '../install/check-connection.ts'
import type { ManagedServer } from '../manage-port.ts'
import { OUTCOME_OUTPUT, tellOutcome } from '../tell-outcome.ts'
import { CONNECTION_INPUT, SERVER_INPUT, serverId } from './connection-input.ts'
import { tellWritten } from './install.ts'

const names = z.array(z.string().min(1).max(200)).max(1000)
const back = 'null takes back what was set at run time.'

function originOf(url: JsonValue | undefined): string | undefined {
  return typeof url === 'string' ? URL.parse(url)?.origin : undefined
}

/** What the operator’s document sends stays with the host that it is meant for. */
function checkHost(id: string, given: string, written: JsonValue | undefined): void {
  const own = originOf(written)
  if (originOf(given) !== own) throw new GatewayError('forbidden', `\`${id}\` is written in the document: another host would be sent the credentials that are meant for ${own ?? 'its own'}. Change it there, or install a server of its own.`)
}

/** A server keeps what it is: a program, or an address. */
function checkKind({ written, source, isTemplate, id }: ManagedServer, given: GivenConnection): void {
  const isProgram = typeof written['command'] === 'string'
  const namesAddress = given.url !== undefined || given.headers !== undefined
  if (isTemplate && (namesCommand(given) || namesAddress)) throw new GatewayError('forbidden', `\`${id}\` is a template: how it is reached is only changed in the document.`)
  if (namesCommand(given) && !isProgram) throw new GatewayError('invalid_request', `\`${id}\` starts no program, so \`command\`, \`args\`, \`env\` and \`cwd\` say nothing about it.`)
  if (namesAddress && typeof written['url'] !== 'string') throw new GatewayError('invalid_request', `\`${id}\` has no \`url\`, so neither \`url\` nor \`headers\` say anything about it.`)
  if (given.url !== undefined && source === 'document') checkHost(id, given.url, written['url'])
}

/** Answers that came from the registry’s questions are remembered as they are now, so that an update does not bring back the old ones. */
function rememberedInputs({ origin }: JsonObject, { env = {}, headers = {} }: GivenConnection): JsonObject {
  const known = isJsonObject(origin) && isJsonObject(origin['inputs']) ? origin['inputs'] : {}
  const changed = Object.entries({ ...env, ...headers }).filter(([name, value]) => Object.hasOwn(known, name) && value !== null)
  return changed.length === 0 ? {} : { origin: { inputs: Object.fromEntries(changed) } }
}

async function check(server: string, given: GivenConnection, call: ToolCall): Promise<ManagedServer> {
  const managed = findChangeable(call.port, server)
  checkKind(managed, given)
  checkConnection(given, call.settings)
  if (given.url !== undefined) await call.checkAddress(given.url)
  return managed
}

export const edit = defineTool(
  {
    name: 'edit',
    title: 'Edit a server',
    description: `Changes settings of an MCP server and restarts it where that is needed. What the configuration document says stays in its file; what is set here wins over it. ${back}`,
    input: {
      server: serverId,
      ...CONNECTION_INPUT,
      headers: z.record(z.string().max(200), z.string().max(4000).nullable()).optional().describe(`Headers to set. Secrets only as \`\${NAME}\`; ${back}`),
      env: z.record(z.string().max(200), z.string().max(4000).nullable()).optional().describe(`Variables to set. Secrets only as \`\${NAME}\`; ${back}`),
      ...SERVER_INPUT,
      tags: SERVER_INPUT.tags.unwrap().nullable().optional().describe(back),
      disabled_tools: names.nullable().optional().describe(`Tools that nobody may see or call, by the server’s own names; ${back}`),
      enabled_tools: names.nullable().optional().describe(`The only tools that there are; ${back}`),
      instructions: z.union([z.string().min(1).max(20_000), z.literal(false)]).nullable().optional().describe(`What clients are told about it; false for nothing; ${back}`),
    },
    output: { server: z.looseObject({ server: z.string() }).optional(), ...OUTCOME_OUTPUT },
    annotations: REPLACES,
  },
  async ({ server, tags, timeouts, disabled_tools: disabledTools, enabled_tools: enabledTools, instructions, ...given }, call) => {
    const { written, isEnabled } = await check(server, given, call)
    const settings = withoutUndefined({ ...given, tags, timeouts: timeouts && withoutUndefined(timeouts), disabledTools, enabledTools, instructions })
    if (Object.keys(settings).length === 0) throw new GatewayError('invalid_request', 'Expected something to change.')
    const change = { ...settings, ...rememberedInputs(written, given) } as JsonObject
    const outcome = await call.port.apply({ kind: 'edit-server', server, change })
    return isEnabled ? tellWritten(server, outcome, `\`${server}\` was changed.`, call) : tellOutcome(outcome, `\`${server}\` was changed; it is switched off.`)
  },
)
