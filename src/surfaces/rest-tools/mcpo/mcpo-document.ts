import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { type JsonText, parseJsonText, readMember, toJsonText } from '../../../lib/json-text.ts'
import { embedSchema, isObjectSchema } from '../embed-schema.ts'
import { nameOperations, type OperationNames } from './operation-names.ts'

export interface McpoTool {
  readonly name: string
  readonly definition: JsonText
}

export interface McpoDocumentOptions {
  readonly title: string
  readonly description: string
  readonly version: string
  /** Path that the operations are below; undefined when they are at the root. */
  readonly address: string | undefined
  readonly needsKey: boolean
}

const object = (members: Readonly<Record<string, JsonText | undefined>>): JsonText => {
  const parts = Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [`${JSON.stringify(key)}:${value}`]))
  return `{${parts.join(',')}}` as JsonText
}

const json = (schema: JsonText): JsonText => object({ 'application/json': object({ schema }) })
const reference = (component: string): JsonObject => ({ $ref: `#/components/schemas/${component}` })

/** FastAPI’s own models of a refused body. */
const VALIDATION: Readonly<Record<string, JsonValue>> = {
  HTTPValidationError: {
    properties: { detail: { items: reference('ValidationError'), type: 'array', title: 'Detail' } },
    type: 'object',
    title: 'HTTPValidationError',
  },
  ValidationError: {
    properties: {
      loc: { items: { anyOf: [{ type: 'string' }, { type: 'integer' }] }, type: 'array', title: 'Location' },
      msg: { type: 'string', title: 'Message' },
      type: { type: 'string', title: 'Error Type' },
      input: { title: 'Input' },
      ctx: { type: 'object', title: 'Context' },
    },
    type: 'object',
    required: ['loc', 'msg', 'type'],
    title: 'ValidationError',
  },
}

/** Whether mcpo gives the tool a body. One without properties takes none. */
export function takesArguments(definition: JsonText): boolean {
  const input = readMember(definition, 'inputSchema')
  const properties = input === undefined ? undefined : (parseJsonText(input) as JsonObject | null)?.['properties']
  return isJsonObject(properties) && Object.keys(properties).length > 0
}

function operation(tool: McpoTool, names: OperationNames, hasOutput: boolean, needsKey: boolean): JsonText {
  const text = readMember(tool.definition, 'description')
  const hasBody = takesArguments(tool.definition)
  const answer: JsonObject = hasOutput && hasBody ? { anyOf: [reference(names.responseModel), {}], title: names.answerTitle } : hasBody ? { title: names.answerTitle } : {}
  return object({
    summary: toJsonText(names.summary),
    // Open WebUI tells its model the summary where there is no description; an empty one would hide it.
    description: text === 'null' || text === '""' ? undefined : text,
    operationId: toJsonText(names.operationId),
    requestBody: hasBody ? object({ content: json(toJsonText(reference(names.formModel))), required: toJsonText(true) }) : undefined,
    responses: object({
      '200': object({ description: toJsonText('Successful Response'), content: json(toJsonText(answer)) }),
      '422': hasBody ? object({ description: toJsonText('Validation Error'), content: json(toJsonText(reference('HTTPValidationError'))) }) : undefined,
    }),
    security: needsKey ? toJsonText([{ HTTPBearer: [] }]) : undefined,
  })
}

function document(options: McpoDocumentOptions, paths: JsonText, components: JsonText | undefined): JsonText {
  const { title, description, version, address } = options
  return object({
    openapi: toJsonText('3.1.0'),
    info: toJsonText({ title, description, version }),
    servers: address === undefined ? undefined : toJsonText([{ url: address }]),
    paths,
    components,
  })
}

/**
 * One server’s tools as mcpo describes them: its paths, operation ids, model names and texts. The schemas are the
 * server’s own, not mcpo’s rewriting of them: enums, unions, bounds and recursion stay, and nested ones stay where they are.
 */
export function writeMcpoDocument(tools: readonly McpoTool[], options: McpoDocumentOptions): JsonText {
  const names = nameOperations(tools.map(({ name }) => name))
  const schemas: Record<string, JsonText> = {}
  const paths: Record<string, JsonText> = {}
  for (const [index, tool] of tools.entries()) {
    const own = names[index]
    if (!own) continue
    const input = readMember(tool.definition, 'inputSchema')
    const output = readMember(tool.definition, 'outputSchema')
    const hasBody = takesArguments(tool.definition)
    if (hasBody && isObjectSchema(input)) schemas[own.formModel] = embedSchema(input, own.formModel)
    if (hasBody && isObjectSchema(output)) schemas[own.responseModel] = embedSchema(output, own.responseModel)
    paths[`/${encodeURIComponent(tool.name)}`] = object({ post: operation(tool, own, isObjectSchema(output), options.needsKey) })
  }
  if (Object.keys(schemas).length > 0) for (const [name, schema] of Object.entries(VALIDATION)) schemas[name] = toJsonText(schema)
  const hasComponents = Object.keys(schemas).length > 0 || (options.needsKey && tools.length > 0)
  const components = object({
    schemas: Object.keys(schemas).length > 0 ? object(schemas) : undefined,
    securitySchemes: options.needsKey && tools.length > 0 ? toJsonText({ HTTPBearer: { type: 'http', scheme: 'bearer' } }) : undefined,
  })
  return document(options, object(paths), hasComponents ? components : undefined)
}

/** The document at the root of many servers: it has no paths, only links to each server’s own page. The colon is mcpo’s full-width one. */
export function writeMcpoIndex(servers: readonly { readonly name: string; readonly docs: string }[], options: McpoDocumentOptions): JsonText {
  const links = servers.map(({ name, docs }) => `\n    - [${name}](${docs})`).join('')
  const description = servers.length === 0 ? options.description : `${options.description}\n\n- **available tools**：${links}`
  return document({ ...options, description }, object({}), undefined)
}
