import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** A type of TypeScript for a JSON Schema: for reading, not for checking. What it leaves out it shows as `unknown`. */
export interface SchemaTyper {
  typeOf(schema: JsonValue | undefined): string
}

const MAX_DEPTH = 6
const MAX_MEMBERS = 40
const MAX_CHOICES = 24
const MAX_NOTE = 120
const MAX_CHARACTERS = 6_000

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
const SIMPLE: Readonly<Record<string, string>> = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' }

/** Upstream text inside of a comment: one line that cannot end it. */
export function oneNote(text: unknown, most = MAX_NOTE): string {
  if (typeof text !== 'string') return ''
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`
}

const literal = (value: JsonValue | undefined): string => (typeof value === 'object' && value !== null ? 'unknown' : (JSON.stringify(value) ?? 'unknown'))
const memberName = (name: string): string => (IDENTIFIER.test(name) ? name : JSON.stringify(name))
const items = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? (value as readonly JsonValue[]) : [])

function union(types: readonly string[]): string {
  const all = [...new Set(types)]
  if (all.includes('unknown') || all.length === 0) return 'unknown'
  const shown = all.length > MAX_CHOICES ? [...all.slice(0, MAX_CHOICES), ...new Set(all.slice(MAX_CHOICES).map((type) => (type.startsWith('"') ? 'string' : type)))] : all
  return shown.map((type) => (type.includes('=>') ? `(${type})` : type)).join(' | ')
}

const inBrackets = (type: string): string => (/[|&]/.test(type) ? `(${type})` : type)

/** @see https://datatracker.ietf.org/doc/html/rfc6901 */
function resolvePointer(root: JsonValue, reference: string): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined
  let at: JsonValue | undefined = root
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = decodePart(part)
    if (Array.isArray(at)) at = (at as readonly JsonValue[])[Number(key)]
    else at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }
  return at
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}

class Typer implements SchemaTyper {
  readonly #root: JsonValue
  #left = MAX_CHARACTERS
  readonly #open = new Set<string>()

  constructor(root: JsonValue) {
    this.#root = root
  }

  typeOf(schema: JsonValue | undefined): string {
    return this.#type(schema, 0)
  }

  #type(schema: JsonValue | undefined, depth: number): string {
    if (schema === false) return 'never'
    if (!isJsonObject(schema) || depth > MAX_DEPTH || this.#left <= 0) return 'unknown'
    const type = this.#combined(schema, depth)
    this.#left -= type.length
    return schema['nullable'] === true && type !== 'unknown' ? union([type, 'null']) : type
  }

  /** Everything beside each other holds at once. */
  #combined(schema: JsonObject, depth: number): string {
    const parts: string[] = []
    const add = (type: string): void => {
      if (type !== 'unknown' && !parts.includes(type)) parts.push(type)
    }
    if (typeof schema['$ref'] === 'string') add(this.#reference(schema['$ref'], depth))
    if (schema['const'] !== undefined) add(literal(schema['const']))
    else if (Array.isArray(schema['enum'])) add(union(items(schema['enum']).map(literal)))
    else add(this.#typed(schema, depth))
    for (const key of ['oneOf', 'anyOf']) if (items(schema[key]).length > 0) add(union(items(schema[key]).map((one) => this.#type(one, depth + 1))))
    for (const one of items(schema['allOf'])) add(this.#type(one, depth + 1))
    if (parts.length === 0) return 'unknown'
    // `object` says nothing beside what its alternatives say.
    const telling = parts.length > 1 ? parts.filter((part) => part !== 'Record<string, unknown>') : parts
    return telling.length === 1 ? (telling[0] ?? 'unknown') : (telling.length === 0 ? parts : telling).map(inBrackets).join(' & ')
  }

  #reference(reference: string, depth: number): string {
    if (this.#open.has(reference)) return 'unknown'
    this.#open.add(reference)
    const type = this.#type(resolvePointer(this.#root, reference), depth + 1)
    this.#open.delete(reference)
    return type
  }

  #typed(schema: JsonObject, depth: number): string {
    const { type } = schema
    if (Array.isArray(type)) return union(items(type).map((one) => this.#ofType(one, schema, depth)))
    if (type !== undefined) return this.#ofType(type, schema, depth)
    if (isJsonObject(schema['properties']) || isJsonObject(schema['additionalProperties'])) return this.#object(schema, depth)
    return schema['items'] === undefined && schema['prefixItems'] === undefined ? 'unknown' : this.#array(schema, depth)
  }

  #ofType(type: JsonValue, schema: JsonObject, depth: number): string {
    if (type === 'object') return this.#object(schema, depth)
    if (type === 'array') return this.#array(schema, depth)
    return typeof type === 'string' ? (SIMPLE[type] ?? 'unknown') : 'unknown'
  }

  #array(schema: JsonObject, depth: number): string {
    const first = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : schema['items']
    if (!Array.isArray(first)) return `${inBrackets(this.#type(schema['items'], depth + 1))}[]`
    const parts = items(first).slice(0, MAX_MEMBERS).map((one) => this.#type(one, depth + 1))
    return `[${[...parts, ...(schema['items'] === false || schema['additionalItems'] === false ? [] : ['...unknown[]'])].join(', ')}]`
  }

  #object(schema: JsonObject, depth: number): string {
    const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : []
    const rest = this.#rest(schema, depth)
    if (properties.length === 0) return rest ?? (schema['additionalProperties'] === false ? '{}' : 'Record<string, unknown>')
    const required = new Set(items(schema['required']))
    const shown = properties.slice(0, MAX_MEMBERS).map(([name, value]) => {
      const note = this.#note(value)
      return `${note === '' ? '' : `/** ${note} */ `}${memberName(name)}${required.has(name) ? '' : '?'}: ${this.#type(value, depth + 1)}`
    })
    if (properties.length > shown.length) shown.push(`/** and ${properties.length - shown.length} more */ [name: string]: unknown`)
    const own = `{ ${shown.join('; ')} }`
    return rest === undefined || rest === 'Record<string, unknown>' ? own : `${own} & ${rest}`
  }

  /** What other names may hold, where the schema says it. */
  #rest(schema: JsonObject, depth: number): string | undefined {
    const patterns = isJsonObject(schema['patternProperties']) ? Object.values(schema['patternProperties']) : []
    const more = schema['additionalProperties']
    const values = [...patterns, ...(isJsonObject(more) ? [more] : [])].map((value) => this.#type(value, depth + 1))
    return values.length === 0 ? undefined : `Record<string, ${union(values)}>`
  }

  #note(schema: JsonValue | undefined): string {
    if (!isJsonObject(schema)) return ''
    const said = oneNote(schema['description'])
    const otherwise = schema['default'] === undefined ? '' : `Default: ${oneNote(JSON.stringify(schema['default']), 40)}.`
    return [said, otherwise].filter((part) => part !== '').join(' ')
  }
}

/** References lead into `root`; all types of one typer together are bounded. */
export function createSchemaTyper(root: JsonValue): SchemaTyper {
  return new Typer(root)
}
