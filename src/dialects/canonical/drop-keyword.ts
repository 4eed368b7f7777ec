import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Members whose own members are schemas, and members that are one or a list of them. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'patternProperties'])
const NESTED = new Set(['items', 'prefixItems', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else'])

/** A schema without a keyword that is none of JSON Schema’s, and where it stood. A property of that name stays. */
export interface WithoutKeyword {
  readonly schema: JsonObject
  readonly paths: readonly string[]
}

function dropIn(value: JsonValue, keyword: string, path: string, paths: string[]): JsonValue {
  if (Array.isArray(value)) return value.map((inner: JsonValue, index) => dropIn(inner, keyword, `${path}/${index}`, paths))
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).flatMap(([key, inner]): readonly (readonly [string, JsonValue | undefined])[] => {
    const at = `${path}/${key}`
    if (key === keyword) {
      paths.push(at)
      return []
    }
    if (inner === undefined) return [[key, inner]]
    if (NAMED.has(key) && isJsonObject(inner)) return [[key, Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, one === undefined ? one : dropIn(one, keyword, `${at}/${name}`, paths)]))]]
    return [[key, NESTED.has(key) ? dropIn(inner, keyword, at, paths) : inner]]
  })
  return Object.fromEntries(kept)
}

/** The schema itself where it has no such keyword. */
export function dropKeyword(schema: JsonObject, keyword: string): WithoutKeyword {
  const paths: string[] = []
  const left = dropIn(schema, keyword, '', paths)
  return paths.length > 0 && isJsonObject(left) ? { schema: left, paths } : { schema, paths: [] }
}
