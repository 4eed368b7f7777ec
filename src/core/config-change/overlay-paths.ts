import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** A copy with the value at the path. */
export function writeAt(object: JsonObject, [key, ...rest]: readonly string[], value: JsonValue): JsonObject {
  if (key === undefined) return object
  const below = Object.hasOwn(object, key) ? object[key] : undefined
  return { ...object, [key]: rest.length === 0 ? value : writeAt(isJsonObject(below) ? below : {}, rest, value) }
}

/** A copy without the member at the path, and without maps that become empty by that. */
export function removeAt(object: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined || !Object.hasOwn(object, key)) return object
  const below = object[key]
  const kept = rest.length > 0 && isJsonObject(below) ? removeAt(below, rest) : {}
  const others = Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
  return Object.keys(kept).length === 0 ? others : { ...object, [key]: kept }
}
