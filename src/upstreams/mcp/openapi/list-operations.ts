import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { createSchemaCollector, dereference, type SchemaCollector } from './collect-schema.ts'

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const
const PLACES = ['path', 'query', 'header', 'cookie'] as const
const PAGING = /^(?:page|per_?page|page_?(?:size|number|token)|cursor|after|before|offset|limit|next_?token|start)$/i
/** Headers that are not parameters, by OpenAPI’s own words and by ours. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization', 'host', 'cookie', 'content-length', 'connection', 'transfer-encoding'])
export const BODY_TYPES = ['json', 'form', 'multipart', 'text'] as const

export interface OperationParameter {
  /** As the tool’s schema has it. */
  readonly argument: string
  readonly name: string
  readonly in: (typeof PLACES)[number]
  readonly style: string
  readonly explode: boolean
  readonly required: boolean
}

export interface OperationBody {
  readonly argument: string
  readonly contentType: string
  readonly kind: (typeof BODY_TYPES)[number]
}

/** One operation of the document as a tool. */
export interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly OperationParameter[]
  readonly body: OperationBody | undefined
  /** Alternatives, each a list of schemes that are needed together. */
  readonly security: readonly (readonly string[])[]
  /** As `tools/list` shows it. */
  readonly listed: JsonObject
}

const MOST_NAME = 64
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? (value as readonly JsonValue[]) : [])

/** Within 64 characters of `[A-Za-z0-9_-]`, each once. */
function nameOf(written: string, taken: Set<string>): string {
  const plain = written.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'operation'
  let name = plain.slice(0, MOST_NAME)
  for (let count = 2; taken.has(name); count++) name = `${plain.slice(0, MOST_NAME - 1 - String(count).length)}_${count}`
  taken.add(name)
  return name
}

function kindOf(contentType: string): OperationBody['kind'] | undefined {
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return 'json'
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return 'form'
  if (/^multipart\/form-data\b/i.test(contentType)) return 'multipart'
  return /^text\//i.test(contentType) ? 'text' : undefined
}

interface Reading {
  readonly document: JsonObject
  readonly schemas: SchemaCollector
  readonly properties: Record<string, JsonValue>
  readonly required: string[]
}

function readParameter(value: JsonValue, { document, schemas, properties, required }: Reading): OperationParameter | undefined {
  const parameter = dereference(document, value)
  const name = text(parameter?.['name'])
  const place = PLACES.find((each) => each === parameter?.['in'])
  if (!parameter || !place || name === '' || (place === 'header' && OWN_HEADERS.has(name.toLowerCase()))) return undefined
  const content = isJsonObject(parameter['content']) ? Object.values(parameter['content'])[0] : undefined
  const isJson = isJsonObject(content)
  const schema = schemas.convert(isJson ? content['schema'] : parameter['schema'])
  const argument = Object.hasOwn(properties, name) ? `${name}_${place}` : name
  const description = text(parameter['description'])
  properties[argument] = isJsonObject(schema) && description !== '' ? { ...schema, description } : schema
  const isRequired = place === 'path' || parameter['required'] === true
  if (isRequired) required.push(argument)
  const style = isJson ? 'json' : text(parameter['style']) || (place === 'query' || place === 'cookie' ? 'form' : 'simple')
  const explode = typeof parameter['explode'] === 'boolean' ? parameter['explode'] : style === 'form'
  return { argument, name, in: place, style, explode, required: isRequired }
}

/** Undefined: no body. `null`: one that cannot be sent. */
function readBody(value: JsonValue | undefined, { document, schemas, properties, required }: Reading): OperationBody | undefined | null {
  const body = dereference(document, value)
  if (!body) return undefined
  const content = isJsonObject(body['content']) ? body['content'] : {}
  const ways = Object.keys(content).flatMap((contentType) => {
    const kind = kindOf(contentType)
    return kind ? [{ kind, contentType }] : []
  })
  const [way] = ways.toSorted((a, b) => BODY_TYPES.indexOf(a.kind) - BODY_TYPES.indexOf(b.kind))
  if (!way) return body['required'] === true ? null : undefined
  const argument = Object.hasOwn(properties, 'body') ? 'request_body' : 'body'
  const media = content[way.contentType]
  properties[argument] = schemas.convert(isJsonObject(media) ? media['schema'] : {})
  if (body['required'] === true) required.push(argument)
  return { argument, ...way }
}

function describe(operation: JsonObject, parameters: readonly OperationParameter[], method: string, path: string): string {
  const paging = parameters.filter((parameter) => parameter.in === 'query' && PAGING.test(parameter.name)).map(({ argument }) => `\`${argument}\``)
  const hint = paging.length === 0 ? '' : `The answer comes in pages: go on with ${paging.join(', ')}.`
  return [text(operation['summary']), text(operation['description']), hint, operation['deprecated'] === true ? 'Deprecated.' : ''].filter((part) => part !== '').join('\n\n') || `${method.toUpperCase()} ${path}`
}

const annotations = (method: string): JsonObject => ({
  readOnlyHint: method === 'get' || method === 'head' || method === 'options',
  destructiveHint: method === 'delete' || method === 'put' || method === 'patch',
  idempotentHint: !['post', 'patch'].includes(method),
  openWorldHint: true,
})

const needs = (value: JsonValue | undefined): readonly (readonly string[])[] => list(value).map((way) => (isJsonObject(way) ? Object.keys(way) : []))

function readOperation(document: JsonObject, path: string, method: string, item: JsonObject, operation: JsonObject, taken: Set<string>): Operation | undefined {
  const schemas = createSchemaCollector(document)
  const reading: Reading = { document, schemas, properties: {}, required: [] }
  const key = (value: JsonValue): string => `${text(dereference(document, value)?.['in'])} ${text(dereference(document, value)?.['name'])}`
  // An operation’s own parameter stands in place of the path’s of the same name.
  const own = new Map([...list(item['parameters']), ...list(operation['parameters'])].map((value) => [key(value), value]))
  const parameters = [...own.values()].flatMap((value) => readParameter(value, reading) ?? [])
  const body = readBody(operation['requestBody'], reading)
  if (body === null) return undefined
  const name = nameOf(text(operation['operationId']) || `${method}_${path}`, taken)
  const title = text(operation['summary'])
  return {
    name,
    method,
    path,
    parameters,
    body,
    security: needs(operation['security'] ?? document['security']),
    listed: {
      name,
      ...(title === '' ? {} : { title }),
      description: describe(operation, parameters, method, path),
      inputSchema: {
        type: 'object',
        properties: reading.properties,
        ...(reading.required.length === 0 ? {} : { required: reading.required }),
        ...(Object.keys(schemas.definitions).length === 0 ? {} : { $defs: schemas.definitions }),
      },
      annotations: annotations(method),
    },
  }
}

/** Every operation that can be sent, in the order of the document. */
export function listOperations(document: JsonObject): readonly Operation[] {
  const taken = new Set<string>()
  const paths = isJsonObject(document['paths']) ? document['paths'] : {}
  return Object.entries(paths).flatMap(([path, value]) => {
    const item = dereference(document, value)
    if (!item) return []
    return METHODS.flatMap((method) => {
      const operation = item[method]
      return isJsonObject(operation) ? (readOperation(document, path, method, item, operation, taken) ?? []) : []
    })
  })
}
