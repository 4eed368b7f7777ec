import { isJsonObject, type JsonObject } from '../../lib/json.ts'

/** The members of both; objects that both have are merged in turn, for anything else the second wins. */
export function mergeMembers(base: JsonObject, more: JsonObject): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...base }
  for (const [key, value] of Object.entries(more)) {
    const own = merged[key]
    merged[key] = isJsonObject(own) && isJsonObject(value) ? mergeMembers(own, value) : value
  }
  return merged
}
