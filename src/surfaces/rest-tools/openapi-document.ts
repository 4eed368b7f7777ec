import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { EMPTY_OBJECT, type JsonText, parseJsonText, readMember, toJsonText } from '../../lib/json-text.ts'
import { embedSchema, isObjectSchema } from './embed-schema.ts'
import { TOOL_RESULT_TYPE } from './tool-answer.ts'

/** One tool as the document shows it. */
export interface OpenapiTool {
  /** Below the server address, such as `/everything/echo`. */
  readonly path: string
  /** Unique in the whole gateway, `[A-Za-z0-9_-]{1,64}`. */
  readonly operationId: string
  readonly server: string
  /** The name under its server. */
  readonly name: string
  readonly definition: JsonText
}

export interface OpenapiOptions {
  readonly title: string
  readonly version: string
  readonly description: string
  /** Path that the operations' paths are below. */
  readonly address: string
  readonly needsKey: boolean
}

const read = (definition: JsonText, key: string): JsonValue | undefined => {
  const text = readMember(definition, key)
  return text === undefined ? undefined : parseJsonText(text)
}

const object = (members: Readonly<Record<string, JsonText | undefined>>): JsonText => {
  const parts = Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [`${JSON.stringify(key)}:${value}`]))
  return `{${parts.join(',')}}` as JsonText
}

const reference = (component: string): JsonText => toJsonText({ $ref: `#/components/schemas/${component}` })

const PROBLEM = toJsonText({
  type: 'object',
  required: ['title', 'status', 'detail', 'requestId'],
  properties: {
    title: { type: 'string', description: '`tool_error` when the tool ran and failed; else the gateway’s own code.' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    content: { type: 'array', items: { type: 'object' }, description: 'The blocks of a failed tool.' },
  },
})

const problemAnswer = (description: string): JsonText =>
  toJsonText({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } })

function success(tool: OpenapiTool, output: boolean): JsonText {
  const whole = toJsonText({ schema: { type: 'object', description: 'The CallToolResult as the server wrote it.' } })
  if (output) {
    const content = object({ 'application/json': object({ schema: reference(`${tool.operationId}.output`) }), [TOOL_RESULT_TYPE]: whole })
    return object({ description: toJsonText('The structured result.'), content })
  }
  const content = object({
    'text/plain': toJsonText({ schema: { type: 'string' } }),
    'application/json': toJsonText({ schema: { description: 'Structured content, or `{"content": […]}` for several blocks.' } }),
    '*/*': toJsonText({ schema: { type: 'string', format: 'binary' } }),
    [TOOL_RESULT_TYPE]: whole,
  })
  return object({ description: toJsonText('What the tool returned: text as text, media as media.'), content })
}

function operation(tool: OpenapiTool, output: boolean): JsonText {
  const annotations = read(tool.definition, 'annotations')
  const title = read(tool.definition, 'title') ?? (isJsonObject(annotations) ? annotations['title'] : undefined)
  const description = read(tool.definition, 'description')
  return object({
    operationId: toJsonText(tool.operationId),
    tags: toJsonText([tool.server]),
    summary: toJsonText(typeof title === 'string' ? title : tool.name),
    description: typeof description === 'string' && description !== '' ? toJsonText(description) : undefined,
    requestBody: object({
      required: toJsonText(true),
      content: object({ 'application/json': object({ schema: reference(`${tool.operationId}.input`) }) }),
    }),
    responses: object({
      '200': success(tool, output),
      '204': toJsonText({ description: 'The tool returned nothing.' }),
      '422': problemAnswer('The tool ran and failed.'),
      default: problemAnswer('The gateway or the server could not make the call.'),
    }),
    'x-mcp-annotations': isJsonObject(annotations) ? toJsonText(annotations) : undefined,
  })
}

/**
 * OpenAPI 3.1 over tools. It is put together as text, so that every schema is the server's own to the byte where the
 * document allows it (`embedSchema` says where not).
 * @see https://spec.openapis.org/oas/v3.1.1
 */
export function writeOpenapi(tools: readonly OpenapiTool[], options: OpenapiOptions): JsonText {
  const schemas: Record<string, JsonText> = { Problem: PROBLEM }
  const paths: Record<string, JsonText> = {}
  for (const tool of tools) {
    const input = readMember(tool.definition, 'inputSchema')
    const output = readMember(tool.definition, 'outputSchema')
    schemas[`${tool.operationId}.input`] = isObjectSchema(input) ? embedSchema(input, `${tool.operationId}.input`) : EMPTY_OBJECT
    if (isObjectSchema(output)) schemas[`${tool.operationId}.output`] = embedSchema(output, `${tool.operationId}.output`)
    paths[tool.path] = object({ post: operation(tool, isObjectSchema(output)) })
  }
  const { title, version, description, address, needsKey } = options
  return object({
    openapi: toJsonText('3.1.0'),
    jsonSchemaDialect: toJsonText('https://json-schema.org/draft/2020-12/schema'),
    info: toJsonText({ title, version, description }),
    servers: toJsonText([{ url: address }]),
    security: needsKey ? toJsonText([{ key: [] }]) : undefined,
    paths: object(paths),
    components: object({
      schemas: object(schemas),
      securitySchemes: needsKey ? toJsonText({ key: { type: 'http', scheme: 'bearer' } }) : undefined,
    }),
  })
}
