import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { configJsonSchema } from './config-json-schema.ts'
import { readPath } from './json-tree.ts'
import type { ConfigPath } from './position.ts'

function expand(root: JsonObject, schema: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonObject(schema)) return []
  const reference = schema['$ref']
  if (typeof reference === 'string') return expand(root, readPath(root, reference.split('/').slice(1)))
  const ways = [schema['anyOf'], schema['oneOf'], schema['allOf']].filter((list) => Array.isArray(list)) as JsonValue[][]
  return [schema, ...ways.flat().flatMap((way) => expand(root, way))]
}

function step(root: JsonObject, schema: JsonObject, part: string | number): readonly JsonObject[] {
  if (typeof part === 'number') return expand(root, schema['items'])
  const properties = schema['properties']
  if (isJsonObject(properties) && Object.hasOwn(properties, part)) return expand(root, properties[part])
  return expand(root, schema['additionalProperties'])
}

/** The names that a map at this place of the document may have. */
export function knownKeys(path: ConfigPath): readonly string[] {
  const root = configJsonSchema()
  let schemas = expand(root, root)
  for (const part of path) schemas = schemas.flatMap((schema) => step(root, schema, part))
  return [...new Set(schemas.flatMap((schema) => (isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [])))]
}
