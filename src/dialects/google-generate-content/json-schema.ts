import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** The types of Google's own schemas; clients write them into JSON Schemas as well. */
const TYPES = new Set(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'])

/** 64-bit numbers, which protobuf writes as strings. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

/** Google's names in snake case, which JSON Schema does not know. */
const CAMEL: ReadonlyMap<string, string> = new Map(Object.entries({ any_of: 'anyOf', property_ordering: 'propertyOrdering', min_items: 'minItems', max_items: 'maxItems', min_length: 'minLength', max_length: 'maxLength', min_properties: 'minProperties', max_properties: 'maxProperties' }))

const SCHEMAS = new Set(['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'])
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const MAPS = new Set(['properties', '$defs', 'definitions', 'patternProperties'])

const lower = (value: JsonValue): JsonValue => (typeof value === 'string' && TYPES.has(value) ? value.toLowerCase() : value)

const mapValues = (value: JsonObject, change: (inner: JsonValue) => JsonValue): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inner === undefined ? inner : change(inner)]))

const readSchema = (value: JsonValue): JsonValue => (isJsonObject(value) ? toJsonSchema(value) : value)

function readMember(key: string, value: JsonValue): JsonValue {
  if (key === 'type') return Array.isArray(value) ? value.map(lower) : lower(value)
  if (COUNTS.has(key) && typeof value === 'string' && /^\d+$/.test(value)) return Number(value)
  if (SCHEMAS.has(key)) return readSchema(value)
  if (LISTS.has(key) && Array.isArray(value)) return value.map(readSchema)
  return MAPS.has(key) && isJsonObject(value) ? mapValues(value, readSchema) : value
}

/** What the order of properties says, said by their order. */
function orderProperties(properties: JsonValue | undefined, order: JsonValue | undefined): JsonObject {
  if (!isJsonObject(properties)) return {}
  const names = (Array.isArray(order) ? order : []).filter((name): name is string => typeof name === 'string' && Object.hasOwn(properties, name))
  return { properties: { ...Object.fromEntries(names.map((name) => [name, properties[name]])), ...properties } }
}

/** `nullable` is a second type, in an enumeration a further value as well. */
function makeNullable({ nullable: _nullable, type, ...schema }: JsonObject): JsonObject {
  const types = Array.isArray(type) ? type : typeof type === 'string' ? [type] : []
  if (types.length === 0 || types.includes('null')) return { ...(type === undefined ? {} : { type }), ...schema }
  const { enum: values } = schema
  return { type: [...types, 'null'], ...schema, ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}) }
}

/**
 * A schema of Google's (an OpenAPI subset: types in capitals, `nullable`, `propertyOrdering`) as JSON Schema. What is JSON Schema
 * already stays as it is.
 */
export function toJsonSchema(schema: JsonObject): JsonObject {
  const named = Object.entries(schema).map(([key, value]) => [CAMEL.get(key) ?? key, value] as const)
  const read = Object.fromEntries(named.flatMap(([key, value]) => (value === undefined ? [] : [[key, readMember(key, value)] as const])))
  const { propertyOrdering, example, ...rest } = read
  const ordered: JsonObject = { ...rest, ...orderProperties(rest['properties'], propertyOrdering), ...(example === undefined ? {} : { examples: [example] }) }
  if (ordered['type'] === 'TYPE_UNSPECIFIED') return Object.fromEntries(Object.entries(ordered).filter(([key]) => key !== 'type'))
  return ordered['nullable'] === true ? makeNullable(ordered) : Object.fromEntries(Object.entries(ordered).filter(([key]) => key !== 'nullable'))
}
