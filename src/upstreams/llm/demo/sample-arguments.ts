import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'

const MAX_DEPTH = 8

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  email: 'demo@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '127.0.0.1',
  hostname: 'example.com',
}

interface Sampling {
  readonly root: JsonObject
  /** Put where any text will do: what the user said. */
  readonly text: string
  readonly depth: number
}

function resolveRef(ref: string, root: JsonObject): JsonValue | undefined {
  if (!ref.startsWith('#')) return undefined
  const steps = ref.slice(1).split('/').filter((step) => step !== '')
  let at: JsonValue | undefined = root
  for (const step of steps) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) at = (at as readonly JsonValue[])[Number(key)]
    else at = isJsonObject(at) ? at[key] : undefined
  }
  return at
}

const numberOf = (value: JsonValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined)

function sampleText(schema: JsonObject, text: string): string {
  const format = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined
  const least = numberOf(schema['minLength']) ?? 0
  const most = numberOf(schema['maxLength']) ?? 2_000
  return (format ?? text).padEnd(least, '.').slice(0, Math.max(most, least))
}

/** A bound, or the one that an exclusive bound and the distance between two values make. */
function boundOf(schema: JsonObject, inclusive: string, exclusive: string, distance: number): number | undefined {
  const open = numberOf(schema[exclusive])
  return numberOf(schema[inclusive]) ?? (open === undefined ? undefined : open + distance)
}

function sampleNumber(schema: JsonObject, isInteger: boolean): number {
  const step = numberOf(schema['multipleOf'])
  const distance = step ?? (isInteger ? 1 : 0.5)
  const least = boundOf(schema, 'minimum', 'exclusiveMinimum', distance)
  const most = boundOf(schema, 'maximum', 'exclusiveMaximum', -distance)
  const value = least ?? Math.min(1, most ?? 1)
  if (step !== undefined) return Math.ceil(value / step) * step
  return isInteger ? Math.ceil(value) : value
}

function sampleArray(schema: JsonObject, sampling: Sampling): JsonValue {
  const prefix: readonly JsonValue[] = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : []
  const count = Math.max(numberOf(schema['minItems']) ?? 0, prefix.length)
  return Array.from({ length: count }, (_, index) => sampleValue(prefix[index] ?? schema['items'], sampling))
}

function sampleObject(schema: JsonObject, sampling: Sampling): JsonValue {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required: readonly JsonValue[] = Array.isArray(schema['required']) ? schema['required'] : []
  const names = required.filter((name) => typeof name === 'string')
  return Object.fromEntries(names.map((name) => [name, sampleValue(properties[name], sampling)]))
}

/** `allOf`, and the first of `anyOf` and `oneOf`, laid over the schema they stand in. */
function flatten(schema: JsonObject, { root }: Sampling): JsonObject {
  const ref = typeof schema['$ref'] === 'string' ? resolveRef(schema['$ref'], root) : undefined
  const parts: JsonValue[] = ref === undefined ? [] : [ref]
  if (Array.isArray(schema['allOf'])) parts.push(...(schema['allOf'] as readonly JsonValue[]))
  for (const choice of ['anyOf', 'oneOf']) {
    const options = schema[choice]
    if (Array.isArray(options) && options.length > 0) parts.push(options[0] as JsonValue)
  }
  const { $ref: _ref, allOf: _allOf, anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema
  return parts.filter(isJsonObject).reduce<JsonObject>((merged, part) => mergeSchemas(merged, part), rest)
}

function mergeSchemas(a: JsonObject, b: JsonObject): JsonObject {
  const properties = { ...(isJsonObject(a['properties']) ? a['properties'] : {}), ...(isJsonObject(b['properties']) ? b['properties'] : {}) }
  const required = [...new Set([a['required'], b['required']].flatMap((names) => (Array.isArray(names) ? (names as readonly JsonValue[]) : [])))]
  return { ...a, ...b, ...(Object.keys(properties).length > 0 ? { properties } : {}), ...(required.length > 0 ? { required } : {}) }
}

function typeOf(schema: JsonObject): JsonValue | undefined {
  const { type } = schema
  if (Array.isArray(type)) return (type as readonly JsonValue[]).find((name) => name !== 'null') ?? 'null'
  if (type !== undefined) return type
  if (isJsonObject(schema['properties']) || Array.isArray(schema['required'])) return 'object'
  return schema['items'] === undefined ? undefined : 'array'
}

/** What the schema says outright, before its type is looked at. */
function sampleGiven(schema: JsonObject): JsonValue | undefined {
  if (schema['const'] !== undefined) return schema['const']
  for (const list of [schema['enum'], schema['examples']]) {
    if (Array.isArray(list) && list.length > 0) return list[0] as JsonValue
  }
  return schema['default']
}

const SAMPLERS: Readonly<Record<string, (schema: JsonObject, sampling: Sampling) => JsonValue>> = {
  object: sampleObject,
  array: sampleArray,
  integer: (schema) => sampleNumber(schema, true),
  number: (schema) => sampleNumber(schema, false),
  boolean: () => true,
  null: () => null,
}

const COMPOSED = ['$ref', 'allOf', 'anyOf', 'oneOf'] as const

function sampleValue(schema: JsonValue | undefined, sampling: Sampling): JsonValue {
  if (!isJsonObject(schema) || sampling.depth >= MAX_DEPTH) return sampling.text
  const deeper = { ...sampling, depth: sampling.depth + 1 }
  if (COMPOSED.some((keyword) => schema[keyword] !== undefined)) return sampleValue(flatten(schema, sampling), deeper)
  const given = sampleGiven(schema)
  if (given !== undefined) return given
  const type = typeOf(schema)
  const sample = typeof type === 'string' ? SAMPLERS[type] : undefined
  return sample ? sample(schema, deeper) : sampleText(schema, sampling.text)
}

/**
 * Arguments that a tool's schema allows, with the user's words where text is wanted. Only what is required is filled.
 * It does not solve `pattern`, `not` or `if`.
 */
export function sampleArguments(schema: JsonValue | undefined, text: string): JsonObject {
  const root = isJsonObject(schema) ? schema : {}
  const value = sampleValue({ type: 'object', ...root }, { root, text, depth: 0 })
  return isJsonObject(value) ? value : {}
}
