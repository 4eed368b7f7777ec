import { isJsonObject, type JsonValue } from '../lib/json.ts'

/** Their members are named by the user, so `x-…` is a name like any other there. */
const FREE_NAMES: ReadonlySet<string> = new Set(['mcpServers', 'mcpTemplates', 'providers', 'models', 'presets'])
const OPAQUE: ReadonlySet<string> = new Set(['headers', 'env', 'parameters', 'overrides', 'tools'])

/** Leaves out `x-…` members wherever names are fixed; the rest stays as it is. */
export function stripExtensions(value: JsonValue, depth = 0, free = false): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => stripExtensions(item, depth + 1))
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).filter(([key]) => free || !key.startsWith('x-'))
  return Object.fromEntries(
    kept.map(([key, member]) => {
      if (member === undefined || (!free && OPAQUE.has(key))) return [key, member]
      return [key, stripExtensions(member, depth + 1, depth === 0 && FREE_NAMES.has(key))]
    }),
  )
}
