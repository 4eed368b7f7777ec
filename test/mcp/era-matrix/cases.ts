import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Json } from '../../support/mcp-raw-client.ts'
import type { Case, Cell } from './cell.ts'
import type { MatrixClient, Outcome } from './matrix-client.ts'
import { TASK_CASES } from './task-cases.ts'

type Check = (cell: Cell) => Promise<void>

const works = (check: Check): Case => async (cell) => {
  await check(cell)
  return undefined
}

/** For requirements that some cells refuse: the outcome, judged only where there is a result. */
const judged = (ask: (cell: Cell) => Promise<Outcome>, judge: (result: Json, cell: Cell) => void): Case => async (cell) => {
  const outcome = await ask(cell)
  if (outcome.result === undefined) return outcome
  judge(outcome.result, cell)
  return undefined
}

async function call({ client }: Pick<Cell, 'client'>, name: string, given: Json = {}, options: Parameters<MatrixClient['ask']>[2] = {}): Promise<Outcome> {
  return client.ask('tools/call', { name, arguments: given }, options)
}

const textOf = ({ result, error }: Outcome): string => (result?.['content'] as { text: string }[] | undefined)?.[0]?.text ?? JSON.stringify(error)

type Listed = Json & { readonly name: string }

const toolsOf = (result: Json | undefined): readonly Listed[] => (result?.['tools'] ?? []) as readonly Listed[]

async function listedTool({ client }: Cell, name: string): Promise<Listed> {
  const { result } = await client.ask('tools/list')
  const found = toolsOf(result).find((tool) => tool.name === name)
  if (!found) throw new Error(`${name} is not listed`)
  return found
}

/** Waits for a notice that `cause` brings about, on the client's stream for what belongs to no request. */
async function noticed(client: MatrixClient, wanted: Json, method: string, cause: () => Promise<unknown>): Promise<Json> {
  const stop = new AbortController()
  const found = Promise.withResolvers<Json>()
  try {
    await client.listen(wanted, (message) => {
      if (message['method'] === method) found.resolve(message)
    }, stop.signal)
    await cause()
    return await Promise.race([found.promise, sleep(60_000, undefined, { ref: false }).then(() => Promise.reject(new Error(`${method} did not come`)))])
  } finally {
    stop.abort()
  }
}

/** A question that comes during a call, and the answer that the tool was given. */
const question = (tool: string, method: string, answer: Json, asks: Json): Case =>
  works(async (cell) => {
    const outcome = await call(cell, tool, {}, { answer: () => answer })
    expect(outcome.questions).toMatchObject([{ method, params: asks }])
    expect(JSON.parse(textOf(outcome))).toMatchObject(answer)
  })

async function logsAt({ client }: Cell, level: string): Promise<readonly Json[]> {
  if (client.era === 'legacy') await client.ask('logging/setLevel', { level })
  const meta = client.era === 'legacy' ? {} : { meta: { 'io.modelcontextprotocol/logLevel': level } }
  const { before } = await client.ask('tools/call', { name: 'test_tool_with_logging', arguments: {} }, meta)
  return before.filter(({ method }) => method === 'notifications/message')
}

const readCounts = async (cell: Cell): Promise<{ cancelled: number; noted: number }> => JSON.parse(textOf(await call(cell, 'matrix_counts'))) as { cancelled: number; noted: number }

const read = (uri: string, contents: Json): Case =>
  works(async ({ client }) => {
    const { result } = await client.ask('resources/read', { uri })
    expect(result?.['contents']).toMatchObject([{ uri, ...contents }])
  })

const TOOLS: Readonly<Record<string, Case>> = {
  'tools.list': works(async (cell) => expect(await listedTool(cell, 'test_simple_text')).toMatchObject({ inputSchema: { type: 'object' } })),
  'tools.pagination': works(async (cell) => {
    // The server gives ten at a time.
    const { result } = await cell.client.ask('tools/list')
    expect(toolsOf(result).length).toBeGreaterThan(30)
    expect(result?.['nextCursor']).toBeUndefined()
    await listedTool(cell, 'multi_input')
  }),
  'tools.pagination.unknown-cursor': ({ client }) => client.ask('tools/list', { cursor: 'page-10' }),
  'tools.call': works(async (cell) => expect(textOf(await call(cell, 'test_simple_text'))).toBe('This is a simple text response for testing.')),
  'tools.structured': works(async (cell) => {
    const { result } = await call(cell, 'matrix_structured')
    expect(result).toMatchObject({ structuredContent: { n: 1 }, _meta: { 'com.example/trace': 'kept' } })
    expect((await listedTool(cell, 'matrix_structured'))['outputSchema']).toEqual({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] })
  }),
  'tools.structured-array': judged((cell) => call(cell, 'test_array_output'), (result, { client }) =>
    expect(result['structuredContent']).toEqual(client.era === 'modern' ? [1, 2] : { result: [1, 2] })),
  'tools.error': works(async (cell) => expect((await call(cell, 'test_error_handling')).result).toMatchObject({ isError: true })),
  'tools.unknown': (cell) => call(cell, 'no_such_tool'),
  'tools.list-changed': works(async (cell) => {
    await noticed(cell.client, { toolsListChanged: true }, 'notifications/tools/list_changed', () => call(cell, 'test_trigger_tool_change'))
  }),
  'tools.icons': works(async (cell) => expect((await listedTool(cell, 'matrix_structured'))['icons']).toMatchObject([{ mimeType: 'image/png', sizes: ['48x48'] }])),
  'tools.annotations': works(async (cell) => expect(await listedTool(cell, 'matrix_structured')).toMatchObject({ title: 'Structured', annotations: { readOnlyHint: true, title: 'Annotated' } })),
  apps: works(async (cell) => {
    const { _meta } = await listedTool(cell, 'matrix_ui')
    expect(_meta).toEqual({ ui: { resourceUri: 'ui://matrix/app', visibility: ['model', 'app'] }, 'ui/resourceUri': 'ui://matrix/app' })
    const { result } = await cell.client.ask('resources/read', { uri: 'ui://matrix/app' })
    expect(result?.['contents']).toMatchObject([{ mimeType: 'text/html;profile=mcp-app', text: '<p>app</p>', _meta: { ui: { csp: { connectDomains: ['https://example.com'] } } } }])
  }),
}

const RESOURCES: Readonly<Record<string, Case>> = {
  'resources.list': works(async ({ client }) => {
    const { result } = await client.ask('resources/list')
    expect(result?.['resources']).toContainEqual({ uri: 'test://static-text', name: 'static-text', description: 'A text.', mimeType: 'text/plain' })
  }),
  'resources.templates': works(async ({ client }) => {
    const { result } = await client.ask('resources/templates/list')
    expect(result?.['resourceTemplates']).toMatchObject([{ uriTemplate: 'test://template/{id}/data' }])
  }),
  'resources.read': read('test://static-text', { text: 'This is the content of the static text resource.' }),
  'resources.read-binary': works(async ({ client }) => {
    const { result } = await client.ask('resources/read', { uri: 'test://static-binary' })
    expect(((result?.['contents'] ?? []) as Json[])[0]?.['blob']).toMatch(/^iVBOR/)
  }),
  'resources.read-template': read('test://template/42/data', { mimeType: 'application/json' }),
  'resources.not-found': ({ client }) => client.ask('resources/read', { uri: 'test://nowhere' }),
  'resources.updated': works(async (cell) => {
    const uri = 'test://watched-resource'
    if (cell.client.era === 'legacy') expect(await cell.client.ask('resources/subscribe', { uri })).toMatchObject({ result: {} })
    const message = await noticed(cell.client, { resourceSubscriptions: [uri] }, 'notifications/resources/updated', () => call(cell, 'matrix_touch'))
    expect(message['params']).toMatchObject({ uri })
    if (cell.client.era === 'legacy') expect(await cell.client.ask('resources/unsubscribe', { uri })).toMatchObject({ result: {} })
  }),
}

const PROMPTS: Readonly<Record<string, Case>> = {
  'prompts.list': works(async ({ client }) => {
    const { result } = await client.ask('prompts/list')
    expect(result?.['prompts']).toContainEqual({ name: 'test_simple_prompt', description: 'One message.' })
  }),
  'prompts.get': works(async ({ client }) => {
    const { result } = await client.ask('prompts/get', { name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } })
    expect(JSON.stringify(result?.['messages'])).toContain("arg1='a', arg2='b'")
  }),
  'prompts.list-changed': works(async (cell) => {
    await noticed(cell.client, { promptsListChanged: true }, 'notifications/prompts/list_changed', () => call(cell, 'test_trigger_prompt_change'))
  }),
  'prompts.input': works(async ({ client }) => {
    const answer = (): Json => ({ action: 'accept', content: { context: 'this' } })
    const { result, questions } = await client.ask('prompts/get', { name: 'test_input_required_result_prompt' }, { answer })
    expect(questions.map(({ method }) => method)).toEqual(['elicitation/create'])
    expect(JSON.stringify(result?.['messages'])).toContain('The context is this.')
  }),
  completion: works(async ({ client }) => {
    const { result } = await client.ask('completion/complete', { ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'hel' } })
    expect(result?.['completion']).toEqual({ values: ['hello', 'help'] })
  }),
}

const CLIENT_SIDE: Readonly<Record<string, Case>> = {
  roots: question('matrix_roots', 'roots/list', { roots: [{ uri: 'file:///home', name: 'home' }] }, {}),
  sampling: question('matrix_sampling', 'sampling/createMessage', { role: 'assistant', model: 'm', content: { type: 'text', text: 'said' } }, { maxTokens: 7 }),
  'elicitation.form': question('matrix_form', 'elicitation/create', { action: 'accept', content: { name: 'me' } }, { mode: 'form', requestedSchema: { type: 'object' } }),
  'elicitation.url': question('matrix_url', 'elicitation/create', { action: 'accept' }, { mode: 'url', url: 'https://example.com/connect' }),
  'elicitation.undeclared': works(async ({ client, server }) => {
    if (client.era === 'legacy') return
    const outcome = await client.ask('tools/call', { name: server === 'legacy' ? 'matrix_form' : 'test_input_required_result_capabilities', arguments: {} }, { capabilities: {} })
    expect(outcome.questions).toEqual([])
    expect(textOf(outcome)).toMatch(server === 'legacy' ? /did not declare the capability `elicitation`/ : /The client can do nothing/)
  }),
}

const UTILITIES: Readonly<Record<string, Case>> = {
  logging: works(async (cell) => {
    expect((await logsAt(cell, 'info')).map(({ params }) => (params as Json)['data'])).toEqual(['Tool execution started', 'Tool processing data', 'Tool execution completed'])
  }),
  'logging.below-level': works(async (cell) => expect(await logsAt(cell, 'error')).toEqual([])),
  progress: works(async (cell) => {
    const { before } = await call(cell, 'test_tool_with_progress', {}, { meta: { progressToken: 'mine' } })
    const steps = before.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params as Json)
    expect(steps.map(({ progressToken, progress }) => [progressToken, progress])).toEqual([['mine', 0], ['mine', 50], ['mine', 100]])
  }),
  cancellation: works(async (cell) => {
    const { cancelled } = await readCounts(cell)
    await cell.client.askAndCancel('tools/call', { name: 'matrix_wait', arguments: {} })
    await expect.poll(async () => (await readCounts(cell)).cancelled).toBe(cancelled + 1)
  }),
  ping: judged(({ client }) => client.ask('ping'), (result) => expect(result).toEqual({})),
  'meta.unknown': works(async (cell) => {
    const outcome = await call(cell, 'matrix_meta', {}, { meta: { 'com.example/key': { deep: ['v'] }, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } })
    expect(JSON.parse(textOf(outcome))).toMatchObject({ 'com.example/key': { deep: ['v'] }, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
    expect((await listedTool(cell, 'matrix_structured'))['_meta']).toEqual({ 'com.example/listed': { deep: [1] } })
  }),
  'method.unknown': works(async ({ client }) => expect((await client.ask('example/echo', { word: 'w' })).result).toMatchObject({ echoed: 'w' })),
  'method.unknown-aggregate': ({ aggregate }) => aggregate.ask('example/echo', { word: 'w' }),
  'notification.unknown': works(async (cell) => {
    const { noted } = await readCounts(cell)
    expect(await cell.client.notify('notifications/example')).toBe(202)
    await expect.poll(async () => (await readCounts(cell)).noted).toBe(noted + 1)
  }),
}

/** By the id of the requirement. */
export const CASES: Readonly<Record<string, Case>> = { ...TOOLS, ...RESOURCES, ...PROMPTS, ...CLIENT_SIDE, ...UTILITIES, ...TASK_CASES }
