import { isJsonObject, type JsonObject, type JsonValue } from '../../../../lib/json.ts'
import type { ManagedServer } from './manage-port.ts'
import { maskArguments, maskMap, maskUrl } from './secret-texts.ts'

const textsOf = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === 'string') : [])

const masked = (value: JsonValue | undefined): JsonObject | undefined => (isJsonObject(value) ? maskMap(value) : undefined)

function connectionOf({ command, args, env, url, headers, spec, builtin }: JsonObject): JsonObject {
  if (typeof builtin === 'string') return { builtin }
  if (typeof command === 'string') return { command, args: [...maskArguments(textsOf(args))], ...(masked(env) ? { env: masked(env) } : {}) }
  const address = typeof url === 'string' ? { url: maskUrl(url) } : typeof spec === 'string' ? { spec: maskUrl(spec) } : {}
  return { ...address, ...(masked(headers) ? { headers: masked(headers) } : {}) }
}

function originOf({ origin }: JsonObject): JsonObject {
  if (!isJsonObject(origin)) return {}
  const { installedAt, registry, name, version, package: way } = origin
  return { origin: Object.fromEntries(Object.entries({ installedAt, registry: typeof registry === 'string' ? maskUrl(registry) : undefined, name, version, package: way }).filter(([, value]) => value !== undefined)) }
}

const wordOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : 'unknown')

/** `ready`, `starting`, … */
export const stateOf = ({ health }: Pick<ManagedServer, 'health'>): string => wordOf(health['state'])

/** A server as a caller may see it: how it is reached with every secret masked, where it came from, and how it is. */
export function showServer(managed: ManagedServer): JsonObject {
  const { id, written, source, isTemplate, isEnabled, disabledReason, health } = managed
  return {
    server: id,
    source,
    ...(isTemplate ? { template: true } : {}),
    enabled: isEnabled,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    ...connectionOf(written),
    tags: [...textsOf(written['tags'])],
    ...originOf(written),
    state: stateOf(managed),
    ...(typeof health['reason'] === 'string' ? { reason: health['reason'] } : {}),
    ...(typeof health['tools'] === 'number' ? { tools: health['tools'] } : {}),
  }
}

/** The same in one line for a model. */
export function tellServer(shown: JsonObject): string {
  const { server, enabled, state, reason, tools, disabledReason } = shown
  const how = enabled === true ? wordOf(state) : `off${typeof disabledReason === 'string' ? ` (${disabledReason})` : ''}`
  return `${wordOf(server)}: ${how}${typeof tools === 'number' ? `, ${tools} tools` : ''}${enabled === true && typeof reason === 'string' ? ` (${reason})` : ''}`
}
