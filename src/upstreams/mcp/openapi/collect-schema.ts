import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'

const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'example', 'examples'])
const PREFIX = '#/'

export function followPointer(document: JsonObject, reference: string): JsonValue | undefined {
  if (!reference.startsWith(PREFIX)) return undefined
  return reference.slice(PREFIX.length).split('/').reduce<JsonValue | undefined>((at, part) => {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) return (at as readonly JsonValue[])[Number(key)]
    return isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }, document)
}

/** A parameter, body or answer that may be written elsewhere in the document. */
export function dereference(document: JsonObject, value: JsonValue | undefined): JsonObject | undefined {
  let at = value
  for (let hops = 0; hops < 16 && isJsonObject(at) && typeof at['$ref'] === 'string'; hops++) at = followPointer(document, at['$ref'])
  return isJsonObject(at) ? at : undefined
}

/** OpenAPI 3.0 wrote null and open bounds in its own way. */
function modernise(schema: Record<string, JsonValue | undefined>): void {
  if (schema['nullable'] === true) {
    if (typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null']
    if (Array.isArray(schema['enum']) && !(schema['enum'] as readonly JsonValue[]).includes(null)) schema['enum'] = [...(schema['enum'] as readonly JsonValue[]), null]
  }
  delete schema['nullable']
  for (const [open, bound] of [['exclusiveMinimum', 'minimum'], ['exclusiveMaximum', 'maximum']] as const) {
    if (schema[open] === true) {
      schema[open] = schema[bound]
      delete schema[bound]
    } else if (schema[open] === false) delete schema[open]
  }
}

/** Brings schemas of a document into one tool’s schema: what they refer to goes into `$defs`, each once, recursion included. */
export interface SchemaCollector {
  convert(schema: JsonValue | undefined): JsonValue
  readonly definitions: JsonObject
}

export function createSchemaCollector(document: JsonObject): SchemaCollector {
  const definitions: Record<string, JsonValue> = {}
  const names = new Map<string, string>()

  function define(reference: string): string {
    const known = names.get(reference)
    if (known !== undefined) return known
    const plain = (reference.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9._-]/g, '_') || 'schema'
    let name = plain
    for (let count = 2; Object.hasOwn(definitions, name); count++) name = `${plain}_${count}`
    names.set(reference, name)
    definitions[name] = {}
    definitions[name] = convert(followPointer(document, reference) ?? {})
    return name
  }

  function convert(schema: JsonValue | undefined): JsonValue {
    if (Array.isArray(schema)) return (schema as readonly JsonValue[]).map(convert)
    if (!isJsonObject(schema)) return schema ?? {}
    const done: Record<string, JsonValue | undefined> = {}
    for (const [key, value] of Object.entries(schema)) {
      if (key === '$ref' && typeof value === 'string') done[key] = value.startsWith(PREFIX) ? `#/$defs/${define(value)}` : value
      else done[key] = DATA.has(key) ? value : convertMember(key, value)
    }
    modernise(done)
    return done as JsonObject
  }

  /** Below `properties` every key is a name, also one that is called like a keyword. */
  function convertMember(key: string, value: JsonValue | undefined): JsonValue | undefined {
    if (key !== 'properties' || !isJsonObject(value)) return typeof value === 'object' ? convert(value) : value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, convert(member)]))
  }

  return { convert, definitions }
}
