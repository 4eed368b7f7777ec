import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../../lib/json.ts'
import { defineTool, REPLACES } from '../define-tool.ts'
import { OUTCOME_OUTPUT } from '../tell-outcome.ts'
import { serverId } from './connection-input.ts'
import { needRegistry, registryVersion } from './discovery-tools.ts'
import { inputAnswers, planEntry, tellWritten, ways } from './install.ts'
import { findInstalled } from './uninstall.ts'

const originSchema = z.object({ name: z.string(), version: z.string(), package: ways, inputs: inputAnswers.default({}) })

/** What a new version brings anew; all else that was set for the server stays. */
const REPLACED: ReadonlySet<string> = new Set(['type', 'url', 'headers', 'command', 'args', 'env', 'origin'])

function kept(written: JsonObject): readonly (readonly [string, JsonValue | undefined])[] {
  return Object.entries(written).filter(([member]) => !REPLACED.has(member))
}

export const update = defineTool(
  {
    name: 'update',
    title: 'Update a server',
    description: 'Replaces an installed server by another version of its entry in the registry; the newest without `version`. Its inputs, tags and switches stay.',
    input: { server: serverId, version: registryVersion.default('latest'), inputs: inputAnswers.default({}).describe('What is answered otherwise than before, or anew.') },
    output: { server: z.looseObject({ server: z.string() }).optional(), from: z.string().optional(), to: z.string().optional(), ...OUTCOME_OUTPUT },
    annotations: { ...REPLACES, openWorldHint: true },
  },
  async ({ server, version, inputs }, call) => {
    const { written } = findInstalled(call.port, server)
    const origin = originSchema.safeParse(isJsonObject(written['origin']) ? written['origin'] : {})
    if (!origin.success) throw new GatewayError('invalid_request', `\`${server}\` was not installed from a registry; \`edit\` changes it.`)
    const { name, version: from, package: way, inputs: known } = origin.data
    const found = await needRegistry(call).find(name, version, call.context.signal)
    const to = found.entry.version
    if (to === from && Object.keys(inputs).length === 0) return { text: `\`${server}\` has version ${from} already.`, structured: { outcome: 'unchanged', added: [], changed: [], removed: [], problems: [], from, to } }
    const entry = await planEntry({ found, way, inputs, remembered: known }, call)
    const outcome = await call.port.apply({ kind: 'reinstall', server, entry: { ...Object.fromEntries(kept(written)), ...entry } })
    const answer = await tellWritten(server, outcome, `Updated \`${server}\` from ${from} to ${to}.`, call)
    return { ...answer, structured: { ...answer.structured, from, to } }
  },
)
