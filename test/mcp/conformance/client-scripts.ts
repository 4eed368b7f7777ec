import { connectRaw, modernRequest, type Json } from '../../support/mcp-raw-client.ts'

/** Does what a scenario wants of its client, through a gateway's address. Throws when an answer is not what the scenario serves. */
export type Script = (url: string, scenario: string, context: Json) => Promise<void>

interface Tool extends Json {
  readonly name: string
}

/** Sends one request and gives its result. */
type Ask = (method: string, params?: Json) => Promise<Json>

interface Steps {
  readonly ask: Ask
  readonly context: Json
}

const listTools = async (ask: Ask): Promise<readonly Tool[]> => (await ask('tools/list'))['tools'] as readonly Tool[]

function argumentsFor(tool: Tool): Json {
  const { required = [], properties = {} } = tool['inputSchema'] as { required?: readonly string[]; properties?: Record<string, { type?: string }> }
  return Object.fromEntries(required.map((name) => [name, properties[name]?.type === 'string' ? 'x' : 1]))
}

async function callAll({ ask }: Steps): Promise<void> {
  for (const tool of await listTools(ask)) await ask('tools/call', { name: tool.name, arguments: argumentsFor(tool) })
}

async function readEverything({ ask }: Steps): Promise<void> {
  const [tool] = await listTools(ask)
  if (tool) await ask('tools/call', { name: tool.name, arguments: argumentsFor(tool) })
  const { resources } = (await ask('resources/list')) as { resources: { uri: string }[] }
  for (const { uri } of resources) await ask('resources/read', { uri })
  const { prompts } = (await ask('prompts/list')) as { prompts: { name: string }[] }
  for (const { name } of prompts) await ask('prompts/get', { name })
}

async function echoSchema({ ask }: Steps): Promise<void> {
  const tool = (await listTools(ask)).find(({ name }) => name === 'json_schema_2020_12_tool')
  await ask('tools/call', { name: 'json_schema_echo', arguments: { schema: tool?.['inputSchema'] } })
}

async function callListed({ ask, context }: Steps): Promise<void> {
  await listTools(ask)
  for (const { name, arguments: given } of context['toolCalls'] as { name: string; arguments: Json }[]) await ask('tools/call', { name, arguments: given })
}

const call = (name: string, given: Json = {}) => async ({ ask }: Steps): Promise<void> => {
  await listTools(ask)
  await ask('tools/call', { name, arguments: given })
}

const SCRIPTS: Readonly<Record<string, (steps: Steps) => Promise<void>>> = {
  initialize: async ({ ask }) => void (await listTools(ask)),
  tools_call: call('add_numbers', { a: 5, b: 3 }),
  'elicitation-sep1034-client-defaults': call('test_client_elicitation_defaults'),
  'sse-retry': call('test_reconnection'),
  'request-metadata': async ({ ask }) => void (await listTools(ask)),
  'json-schema-ref-no-deref': async ({ ask }) => void (await listTools(ask)),
  'http-standard-headers': readEverything,
  'http-custom-headers': callListed,
  'http-invalid-tool-headers': callAll,
  'json-schema-2020-12-preservation': echoSchema,
  'sep-2322-client-request-state': async ({ ask }) => {
    for (const name of ['test_mrtr_echo_state', 'test_mrtr_no_state', 'test_mrtr_unrelated', 'test_mrtr_no_result_type']) await ask('tools/call', { name, arguments: {} })
  },
}

/** Accepts with what the schema gives as default, as a person does who presses return. */
function answerTo(params: Json): Json {
  const { properties = {} } = (params['requestedSchema'] ?? {}) as { properties?: Record<string, { default?: unknown; type?: string }> }
  const content = Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, property.default ?? (property.type === 'boolean' ? true : 'x')]))
  return { action: 'accept', content }
}

function resultOf(method: string, answer: Json): Json {
  if (answer['result'] === undefined) throw new Error(`${method}: ${JSON.stringify(answer)}`)
  return answer['result'] as Json
}

async function run(scenario: string, steps: Steps): Promise<void> {
  const script = SCRIPTS[scenario]
  if (!script) throw new Error(`There is no script for the scenario ${scenario}.`)
  await script(steps)
}

export const legacyScript: Script = async (url, scenario, context) => {
  const client = await connectRaw(url, { elicitation: {}, sampling: {}, roots: {} })
  let id = 0
  const onMessage = (message: Json): void => {
    if (message['method'] === 'elicitation/create') void client.post({ id: message['id'], result: answerTo(message['params'] as Json) })
  }
  const ask: Ask = async (method, params = {}) => resultOf(method, (await client.request({ id: ++id, method, params }, { onMessage })).answer)
  await run(scenario, { ask, context })
}

const CAPABILITIES = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, sampling: {}, roots: {} } }

/** The value as a header may carry it. @see revision 2026-07-28, value encoding */
function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isPlain = /^[\t\u0020-\u007e]*$/.test(text) && text.trim() === text && !(text.startsWith('=?base64?') && text.endsWith('?='))
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

function annotations(schema: unknown, path: readonly string[] = []): readonly { readonly header: string; readonly path: readonly string[] }[] {
  const { properties = {} } = schema as { properties?: Record<string, Json> }
  return Object.entries(properties).flatMap(([key, property]) => [
    ...(typeof property['x-mcp-header'] === 'string' ? [{ header: property['x-mcp-header'], path: [...path, key] }] : []),
    ...annotations(property, [...path, key]),
  ])
}

function paramHeaders(tool: Tool | undefined, given: Json): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { header, path } of tool ? annotations(tool['inputSchema']) : []) {
    let value: unknown = given
    for (const key of path) value = (value as Json | undefined)?.[key]
    if (value !== undefined && value !== null) headers[`mcp-param-${header.toLowerCase()}`] = encode(value)
  }
  return headers
}

export const modernScript: Script = async (url, scenario, context) => {
  let id = 0
  let tools: readonly Tool[] = []
  const ask: Ask = async (method, params = {}) => {
    let more: Json = {}
    for (let round = 0; round < 10; round++) {
      const headers = method === 'tools/call' ? paramHeaders(tools.find(({ name }) => name === params['name']), params['arguments'] as Json) : {}
      const named = params['name'] ?? params['uri']
      if (typeof named === 'string') headers['mcp-name'] = encode(named)
      const result = resultOf(method, (await modernRequest(url, { id: ++id, method, params: { ...params, ...more, _meta: CAPABILITIES } }, { headers })).answer)
      if (method === 'tools/list') tools = result['tools'] as readonly Tool[]
      if (result['resultType'] !== 'input_required') return result
      const asked = Object.entries((result['inputRequests'] ?? {}) as Record<string, { params: Json }>)
      more = { inputResponses: Object.fromEntries(asked.map(([key, { params: question }]) => [key, answerTo(question)])), ...(result['requestState'] === undefined ? {} : { requestState: result['requestState'] }) }
    }
    throw new Error(`${method} asked for input ten times.`)
  }
  await run(scenario, { ask, context })
}
