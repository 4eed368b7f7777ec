import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'

const ANNOTATION = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** A parameter that modern clients mirror into `Mcp-Param-{header}`. */
export interface HeaderParam {
  readonly header: string
  /** Property names from the arguments object down. */
  readonly path: readonly string[]
  readonly type: 'string' | 'integer' | 'boolean'
}

/** The `x-mcp-header` annotations of a tool. One invalid annotation makes the whole tool unusable over HTTP. */
export type HeaderParams =
  | { readonly kind: 'valid'; readonly params: readonly HeaderParam[] }
  | { readonly kind: 'invalid'; readonly reason: string }

const NONE: HeaderParams = { kind: 'valid', params: [] }
const DATA = new Set(['const', 'enum', 'default', 'examples'])
const NAMED_SCHEMAS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])

class InvalidAnnotation extends Error {}

function typeOf(schema: JsonObject): HeaderParam['type'] {
  const type = schema['type']
  if (type === 'string' || type === 'integer' || type === 'boolean') return type
  throw new InvalidAnnotation(`expected a string, integer or boolean, found ${JSON.stringify(type ?? null)}`)
}

function readAnnotation(schema: JsonObject, path: readonly string[] | undefined): HeaderParam | undefined {
  if (!Object.hasOwn(schema, ANNOTATION)) return undefined
  const header = schema[ANNOTATION]
  if (typeof header !== 'string' || !TOKEN.test(header)) throw new InvalidAnnotation('its value is no HTTP token')
  if (path === undefined || path.length === 0) throw new InvalidAnnotation(`\`${header}\` is not reachable through properties alone`)
  return { header, path, type: typeOf(schema) }
}

type Placed = readonly [schema: JsonValue, path: readonly string[] | undefined]

function namedChildren(key: string, schemas: JsonObject, path: readonly string[] | undefined): readonly Placed[] {
  return Object.entries(schemas).flatMap(([name, child]): readonly Placed[] =>
    child === undefined ? [] : [[child, key === 'properties' && path ? [...path, name] : undefined]],
  )
}

/** The schemas right below one; those that are not reached through `properties` alone have no path. */
function children(schema: JsonObject, path: readonly string[] | undefined): readonly Placed[] {
  return Object.entries(schema).flatMap(([key, value]): readonly Placed[] => {
    if (value === undefined || DATA.has(key)) return []
    if (isJsonObject(value)) return NAMED_SCHEMAS.has(key) ? namedChildren(key, value, path) : [[value, undefined]]
    return Array.isArray(value) ? (value as readonly JsonValue[]).map((item) => [item, undefined] as const) : []
  })
}

function collect(schema: JsonValue, path: readonly string[] | undefined, into: HeaderParam[]): void {
  if (!isJsonObject(schema)) return
  const own = readAnnotation(schema, path)
  if (own) into.push(own)
  for (const [child, childPath] of children(schema, path)) collect(child, childPath, into)
}

/** Reads and checks the annotations of a tool definition. @see revision 2026-07-28, Streamable HTTP, custom headers from tool parameters */
export function readHeaderParams(definition: JsonText): HeaderParams {
  if (!definition.includes(ANNOTATION)) return NONE
  const schema = readMember(definition, 'inputSchema')
  if (schema === undefined) return NONE
  const params: HeaderParam[] = []
  try {
    collect(parseJsonText(schema), [], params)
  } catch (error) {
    if (error instanceof InvalidAnnotation) return { kind: 'invalid', reason: error.message }
    throw error
  }
  const names = new Set(params.map(({ header }) => header.toLowerCase()))
  if (names.size !== params.length) return { kind: 'invalid', reason: 'two parameters share one header' }
  return { kind: 'valid', params }
}

/** The schema without any annotation, other members as they are. Only for schemas whose annotations are invalid: it re-prints. */
export function stripHeaderParams(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return (schema as readonly JsonValue[]).map(stripHeaderParams)
  if (!isJsonObject(schema)) return schema
  const kept: Record<string, JsonValue> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || (key === ANNOTATION && !isJsonObject(value))) continue
    kept[key] = DATA.has(key) ? value : stripHeaderParams(value)
  }
  return kept
}
