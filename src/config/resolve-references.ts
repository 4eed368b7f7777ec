import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { readPath } from './json-tree.ts'
import type { ConfigPath } from './position.ts'
import { PLACEHOLDER, PLACEHOLDER_URL, type Unresolved } from './interpolate.ts'

/** The members of a server’s entry in which `${NAME}` may stand for a variable of the gateway. */
const WITH_REFERENCES = ['url', 'headers', 'args', 'env'] as const

const REFERENCE = /\$\{([^}]*)\}/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export interface ReferenceContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Names of variables, also with a `*` at the end, that the document lets installed servers name. */
  readonly allowed: readonly string[]
}

export interface ResolvedReferences {
  readonly value: JsonObject
  readonly unresolved: readonly Unresolved[]
}

/** What the `manage` servers of a document allow, all together. */
export function allowedVariables(document: JsonObject | undefined): readonly string[] {
  const servers = document?.['mcpServers']
  if (!isJsonObject(servers)) return []
  return Object.values(servers).flatMap((entry) => {
    const names = readPath(entry, ['manage', 'variables'])
    return Array.isArray(names) && readPath(entry, ['builtin']) === 'manage' ? (names as readonly JsonValue[]).filter((name) => typeof name === 'string') : []
  })
}

const isAllowed = (name: string, allowed: readonly string[]): boolean => allowed.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name))

/**
 * The overlay’s servers with `${NAME}` replaced, once, where the document allows that variable. Texts of the overlay come from
 * an API: without the list, whoever may install a server could have any secret of the gateway sent to it.
 */
export function resolveReferences(servers: JsonObject, { environment, allowed }: ReferenceContext): ResolvedReferences {
  const unresolved: Unresolved[] = []

  function resolve(text: string, path: ConfigPath): string {
    let failed = false
    const fail = (message: string, hint: string): string => {
      failed = true
      unresolved.push({ path, message, hint })
      return PLACEHOLDER
    }
    const done = text.replaceAll(REFERENCE, (whole, name: string) => {
      if (!NAME.test(name)) return fail(`\`${whole}\` is no form that is known here.`, 'Use `${NAME}`.')
      if (!isAllowed(name, allowed)) return fail(`The variable \`${name}\` may not be used by an installed server.`, 'Add it to `manage.variables` of the server that installs.')
      return environment[name] ?? fail(`The variable \`${name}\` is not set.`, 'Set it.')
    })
    return failed && path.at(-1) === 'url' ? PLACEHOLDER_URL : done
  }

  function walk(value: JsonValue, path: ConfigPath): JsonValue {
    if (typeof value === 'string') return resolve(value, path)
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item, index) => walk(item, [...path, index]))
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member ?? null, [...path, key])]))
  }

  const done = Object.entries(servers).map(([id, entry]): [string, JsonValue | undefined] => {
    if (!isJsonObject(entry)) return [id, entry]
    const members = WITH_REFERENCES.flatMap((key) => (entry[key] === undefined ? [] : [[key, walk(entry[key], ['mcpServers', id, key])] as const]))
    return [id, { ...entry, ...Object.fromEntries(members) }]
  })
  return { value: Object.fromEntries(done), unresolved }
}
