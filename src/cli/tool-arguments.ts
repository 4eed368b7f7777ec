import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import { CliError, EXIT } from './cli-error.ts'

function typesOf(schema: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(schema)) return []
  const type = schema['type']
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type.map(String)
  const ways = [schema['anyOf'], schema['oneOf']].filter((list) => Array.isArray(list)) as JsonValue[][]
  return ways.flat().flatMap(typesOf)
}

const FITS: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => isJsonObject(value),
}

function parseAs(type: string, text: string): JsonValue | undefined {
  if (type === 'string') return text
  const value = guess(text)
  return FITS[type]?.(value) === true ? value : undefined
}

/** Without a type the text itself decides: what reads as JSON is JSON. */
function guess(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

const ORDER = ['null', 'boolean', 'integer', 'number', 'array', 'object', 'string']

/** `count=3` becomes a number where the tool’s own schema says so, and stays a text where it says text. */
export function parseToolArguments(pairs: readonly string[], inputSchema: JsonValue | undefined): JsonObject {
  const properties = isJsonObject(inputSchema) && isJsonObject(inputSchema['properties']) ? inputSchema['properties'] : {}
  const known = Object.keys(properties)
  const parsed = pairs.map((pair): [string, JsonValue] => {
    const equals = pair.indexOf('=')
    if (equals <= 0) throw new CliError(EXIT.usage, 'invalid_argument', `Expected arguments as \`name=value\`, got \`${pair}\`.`)
    const name = pair.slice(0, equals)
    const text = pair.slice(equals + 1)
    if (known.length > 0 && !known.includes(name) && isJsonObject(inputSchema) && inputSchema['additionalProperties'] === false) {
      const near = nearestWord(name, known)
      throw new CliError(EXIT.usage, 'unknown_argument', `The tool has no argument \`${name}\`.`, { hint: near === undefined ? `It has: ${known.join(', ')}.` : `Did you mean \`${near}\`?` })
    }
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    const types = typesOf(schema).toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
    if (types.length === 0) return [name, guess(text)]
    const value = types.map((type) => parseAs(type, text)).find((candidate) => candidate !== undefined)
    if (value === undefined) throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`${name}\` to be ${types.join(' or ')}, got \`${text}\`.`)
    return [name, value]
  })
  return Object.fromEntries(parsed)
}
