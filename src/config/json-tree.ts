import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { ConfigPath } from './position.ts'

export function readPath(value: JsonValue | undefined, path: ConfigPath): JsonValue | undefined {
  let at = value
  for (const part of path) {
    if (Array.isArray(at)) at = (at as readonly JsonValue[])[Number(part)]
    else if (isJsonObject(at) && Object.hasOwn(at, part)) at = at[part]
    else return undefined
  }
  return at
}

/** Objects are joined member by member; any other value of the later layer replaces the earlier one. */
export function mergeTrees(earlier: JsonValue | undefined, later: JsonValue | undefined): JsonValue | undefined {
  if (later === undefined) return earlier
  if (!isJsonObject(earlier) || !isJsonObject(later)) return later
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)])
  const own = (object: JsonObject, key: string): JsonValue | undefined => (Object.hasOwn(object, key) ? object[key] : undefined)
  return Object.fromEntries([...keys].map((key) => [key, mergeTrees(own(earlier, key), own(later, key))]))
}

/** Every leaf with its path; an array and an empty object are leaves. */
export function* leaves(value: JsonValue | undefined, path: ConfigPath = []): Generator<{ readonly path: ConfigPath; readonly value: JsonValue }> {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    for (const [key, member] of Object.entries(value)) yield* leaves(member, [...path, key])
    return
  }
  if (value !== undefined) yield { path, value }
}

export function writeAt(path: ConfigPath, value: JsonValue): JsonObject {
  return path.reduceRight<JsonValue>((inner, part) => ({ [part]: inner }), value) as JsonObject
}
