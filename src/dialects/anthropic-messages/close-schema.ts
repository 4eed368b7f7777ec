import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Members whose own members are schemas, and members that are one or a list of them. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'patternProperties'])
const NESTED = new Set(['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else'])

const isObjectSchema = ({ type, properties }: JsonObject): boolean => type === 'object' || (Array.isArray(type) && type.includes('object')) || isJsonObject(properties)

function closeMember(key: string, value: JsonValue | undefined): JsonValue | undefined {
  if (NAMED.has(key) && isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isJsonObject(inner) ? closeSchema(inner) : inner]))
  if (!NESTED.has(key)) return value
  if (Array.isArray(value)) return value.map((inner: JsonValue) => (isJsonObject(inner) ? closeSchema(inner) : inner))
  return isJsonObject(value) ? closeSchema(value) : value
}

/**
 * What Anthropic holds its models to: every object in it says that it takes no other members. A schema that says something else
 * about them is left as it is, and refused by name there.
 * @see https://github.com/vercel/ai/issues/20681
 */
export function closeSchema(schema: JsonObject): JsonObject {
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closeMember(key, value)]))
  return isObjectSchema(schema) && schema['additionalProperties'] === undefined ? { ...closed, additionalProperties: false } : closed
}
