import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCliFolder, runCli, startGateway, type CliFolder, type CliOutcome, type RunningCli } from '../cli/run-cli.ts'
import { connectRaw, modernRequest, type Json } from '../support/mcp-raw-client.ts'

let folder: CliFolder
let gateway: RunningCli & { readonly url: string }

const DOCUMENT = {
  version: 1,
  mcpServers: {
    one: { builtin: 'demo', tags: ['a'], tools: { echo: { description: 'Says it again.', annotations: { idempotentHint: true } }, add: { name: 'plus' } }, instructions: 'Use one with {{care}}.' },
    two: { builtin: 'demo', tags: ['b'], instructions: false, disabledTools: ['echo'] },
    down: { command: process.execPath, args: ['-e', 'process.exit(3)'], tags: ['c'] },
  },
  presets: { small: { tags: ['b'] } },
  mcp: { instructions: { template: 'Servers:{{#each servers}} {{name}}({{tags}})={{instructions}};{{/each}}\n{{#each unavailable}}No {{name}}.{{/each}}' } },
}

beforeAll(async () => {
  folder = createCliFolder()
  folder.write('trunkline.json', JSON.stringify(DOCUMENT))
  gateway = await startGateway(folder)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const cli = (...args: readonly string[]): Promise<CliOutcome> => runCli([...args, '--url', gateway.url], { cwd: folder.path })
const send = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> => {
  const response = await fetch(`${gateway.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
  const text = await response.text()
  return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Json }
}

async function listed(path = '/mcp'): Promise<readonly Json[]> {
  const { answer } = await modernRequest(`${gateway.url}${path}`, { method: 'tools/list' })
  return (answer['result'] as { tools: Json[] }).tools
}
const names = async (path?: string): Promise<readonly unknown[]> => (await listed(path)).map(({ name }) => name)

async function call(name: string, given: Json = {}, path = '/mcp'): Promise<Json> {
  return (await modernRequest(`${gateway.url}${path}`, { method: 'tools/call', params: { name, arguments: given } })).answer
}

describe('tools as the configuration has them', () => {
  it('shows another name and description, and leaves the schema alone', async () => {
    const tools = await listed('/mcp/one')
    const plain = await listed('/mcp/two')
    const find = (list: readonly Json[], name: string): Json => list.find((tool) => tool['name'] === name) ?? {}
    expect(find(tools, 'echo')).toMatchObject({ description: 'Says it again.', annotations: { idempotentHint: true } })
    expect(find(tools, 'plus')['inputSchema']).toEqual(find(plain, 'add')['inputSchema'])
    expect(tools.map(({ name }) => name)).not.toContain('add')
    expect(await names()).toEqual(expect.arrayContaining(['one__plus', 'two__add']))
    expect(await names()).not.toContain('two__echo')
  })

  it('is called by its new name only, on every surface', async () => {
    expect(await call('one__plus', { a: 2, b: 3 })).toMatchObject({ result: { content: [{ text: '5' }] } })
    expect(await call('plus', { a: 2, b: 3 }, '/mcp/one')).toMatchObject({ result: { content: [{ text: '5' }] } })
    expect(await call('one__add', { a: 2, b: 3 })).toMatchObject({ error: { code: -32602 } })
    expect((await send('POST', '/tools/one/plus', { a: 2, b: 3 })).status).toBe(200)
    expect((await send('POST', '/tools/one/add', { a: 2, b: 3 })).status).toBe(404)
    expect((await send('POST', '/api/tool-invocations', { tool: 'one/plus', arguments: { a: 2, b: 3 } })).body).toMatchObject({ outcome: 'answered', tool: 'plus' })
  })

  it('says that a tool is switched off, in the words of each surface', async () => {
    expect(await call('two__echo', { text: 'x' })).toMatchObject({ error: { code: -32602, message: 'The tool `two__echo` is switched off.', data: { code: 'capability_disabled' } } })
    expect((await send('POST', '/tools/two/echo', {})).body).toMatchObject({ status: 409, title: 'capability_disabled' })
    expect((await send('POST', '/api/tool-invocations', { tool: 'two/echo' })).body).toMatchObject({ error: { class: 'disabled' } })
    expect((await send('GET', '/_meta/calls?server=two&class=disabled')).body['items']).toHaveLength(3)
  })

  it('changes live, tells clients, and is taken back', async () => {
    const told: Json[] = []
    const leaving = new AbortController()
    const client = await connectRaw(`${gateway.url}/mcp/one`)
    const other = await connectRaw(`${gateway.url}/mcp/two`)
    const otherTold: Json[] = []
    await client.listen((message) => told.push(message), leaving.signal)
    await other.listen((message) => otherTold.push(message), leaving.signal)

    expect(await cli('tools', 'disable', 'one/echo')).toMatchObject({ code: 0, stdout: 'The tool one/echo is switched off.\n' })
    expect((await cli('tools', 'disable', 'one/echo')).stdout).toBe('The tool one/echo is switched off already.\n')
    await expect.poll(() => told.map(({ method }) => method)).toContain('notifications/tools/list_changed')
    expect(otherTold).toEqual([])
    expect(await names('/mcp/one')).not.toContain('echo')

    expect(await cli('tools', 'enable', 'two/echo')).toMatchObject({ code: 0 })
    expect(await names('/mcp/two')).toContain('echo')
    expect((await send('PATCH', '/_meta/tools/two/echo', { name: 'say', title: 'Say', hidden: true })).body).toMatchObject({ outcome: 'applied', changed: ['serverSettings'] })
    expect(await names('/mcp/two')).not.toContain('say')
    expect(await call('say', { text: 'hidden' }, '/mcp/two')).toMatchObject({ result: { content: [{ text: 'hidden' }] } })
    expect((await send('POST', '/tools/two/say', { text: 'hidden' })).status).toBe(200)
    expect((await send('GET', '/_meta/tools/two/echo')).body).toMatchObject({ tool: 'echo', name: 'say', state: 'hidden', title: 'Say', override: { name: 'say', title: 'Say', hidden: true, enabled: true } })
    expect((await send('PATCH', '/_meta/tools/two/echo', { hidden: null })).body).toMatchObject({ outcome: 'applied' })
    expect(await names('/mcp/two')).toContain('say')

    expect(await cli('tools', 'rename', 'two/add', 'say')).toMatchObject({ code: 2 })
    expect((await send('PATCH', '/_meta/tools/two/add', { name: 'no such name' })).status).toBe(400)
    expect((await send('PATCH', '/_meta/tools/two/nothing', { enabled: false })).status).toBe(404)
    expect((await cli('tools', 'list', '--state')).stdout).toMatch(/^two\/echo\tsay\tlisted\t\t\d+$/m)
    expect(await cli('tools', 'reset', 'two/echo')).toMatchObject({ code: 0, stdout: 'The tool two/echo is as the document has it.\n' })
    expect(await cli('tools', 'reset', 'one/echo')).toMatchObject({ code: 0 })
    expect(await names('/mcp/two')).not.toContain('echo')
    expect(await names('/mcp/one')).toContain('echo')
    leaving.abort()
  })

  it('switches servers off and on', async () => {
    expect(await cli('servers', 'disable', 'two')).toMatchObject({ code: 0, stdout: 'The server two is switched off.\n' })
    expect((await names()).filter((name) => String(name).startsWith('two__'))).toEqual([])
    expect((await send('POST', '/api/tool-invocations', { tool: 'two/add' })).body).toMatchObject({ error: { class: 'disabled' } })
    expect(await cli('servers', 'enable', 'two')).toMatchObject({ code: 0 })
    await expect.poll(() => names()).toContain('two__add')
    expect(await cli('servers', 'enable', 'three')).toMatchObject({ code: 6 })
  })

  it('tells what the template says, and which servers are not there', async () => {
    const told = (await modernRequest(`${gateway.url}/mcp`, { method: 'server/discover' })).answer['result'] as Json
    expect(told['instructions']).toBe('Servers: one(a)=Use one with {{care}}.; two(b)=;\nNo down.')
    expect(await cli('instructions', '--preset', 'small')).toMatchObject({ code: 0, stdout: 'Servers: two(b)=;\n' })
    expect((await cli('instructions', 'one')).stdout).toBe('Use one with {{care}}.\n')
    expect(JSON.parse((await cli('instructions', '--json')).stdout)).toMatchObject({ servers: [{ server: 'one', instructions: 'Use one with {{care}}.' }], missing: [{ server: 'down' }] })
  })

  it('serves each preset as REST of its own', async () => {
    const { body } = await send('GET', '/tools/presets/small/openapi.json')
    expect(body).toMatchObject({ info: { title: 'Tools of the preset small' }, servers: [{ url: '/tools/presets/small' }] })
    const paths = Object.keys(body['paths'] as Json)
    expect(paths).toContain('/two/add')
    expect(paths.filter((path) => !path.startsWith('/two/'))).toEqual([])
    expect((await send('POST', '/tools/presets/small/two/add', { a: 1, b: 2 })).body).toEqual({ sum: 3 })
    expect(await send('POST', '/tools/presets/small/one/plus', { a: 1, b: 2 })).toMatchObject({ status: 404 })
    expect(await send('GET', '/tools/presets/other/openapi.json')).toMatchObject({ status: 404 })
    expect((await send('GET', '/tools/presets/small/docs')).body['text']).toContain('openapi.json')
    expect(Object.keys((await send('GET', '/tools/openapi.json')).body['paths'] as Json)).toContain('/one/plus')
    expect(Object.keys((await send('GET', '/tools/presets/small/two/openapi.json')).body['paths'] as Json)).toContain('/add')
  })

  it('inspects from the command line', async () => {
    expect((await cli('inspect')).stdout).toMatch(/^one\tready\t/m)
    expect((await cli('inspect', 'one')).stdout).toContain('plus  (one__plus, ~')
    expect((await cli('inspect', 'one/plus')).stdout).toContain('Arguments:')
    expect(JSON.parse((await cli('inspect', 'one/plus', '--json')).stdout)).toMatchObject({ name: 'one__plus', tool: 'plus', tokens: expect.any(Number) })
    expect(await cli('inspect', 'one/nothing')).toMatchObject({ code: 6 })
    expect(await cli('inspect', 'nobody')).toMatchObject({ code: 6 })
    expect(await cli('inspect', 'one/')).toMatchObject({ code: 2 })
    expect((await cli('tools', 'list', 'one', '--tokens')).stdout).toMatch(/^one\/plus\t\d+\t/m)
  })

  it('keeps a row of each call', async () => {
    const before = new Date()
    await call('one__plus', { a: 2, b: 3 })
    await call('one__nothing')
    const { body } = await send('GET', `/_meta/calls?server=one&tool=add&since=${before.toISOString()}`)
    expect(body).toMatchObject({ items: [{ principal: 'local', server: 'one', method: 'tools/call', name: 'add', outcome: 'answered', errorClass: null, attempts: 1, requestId: expect.stringMatching(/^req_/), arguments: null, resultBytes: expect.any(Number) }], next: null })
    const first = (await send('GET', '/_meta/calls?limit=1')).body
    const second = (await send('GET', `/_meta/calls?limit=1&cursor=${String(first['next'])}`)).body
    expect((second['items'] as Json[])[0]?.['id']).not.toBe((first['items'] as Json[])[0]?.['id'])
    expect((await send('GET', '/_meta/calls?wrong=1')).status).toBe(400)
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(metrics).toMatch(/trunkline_mcp_call_errors_total\{server="",class="not_found"\} [1-9]/)
    expect(metrics).toMatch(/trunkline_mcp_call_errors_total\{server="two",class="disabled"\} [1-9]/)
    expect(metrics).toMatch(/trunkline_mcp_tool_calls_total\{server="one",tool="add",outcome="answered"\} [1-9]/)
    await send('POST', '/api/tool-invocations', { tool: 'one/plus', timeoutMs: 0 })
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/trunkline_mcp_call_errors_total\{server="",class="invalid_timeout"\} 1/)
  })

  it('lists recent calls on the command line, newest first', async () => {
    await call('one__plus', { a: 4, b: 5 })
    await call('two__nothing')
    await send('PATCH', '/_meta/tools/two/echo', { enabled: false })
    await call('two__echo', { text: 'x' })
    const { stdout } = await cli('calls', '--since', '10m')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toContain('two/echo\tfailed (disabled)\t')
    expect(lines[1]).toMatch(/^\d{4}-.*Z\tone\/add\tanswered\t\d+ ms\tlocal$/)
    const listed = JSON.parse((await cli('calls', '--server', 'one', '--tool', 'add', '--outcome', 'answered', '--limit', '1', '--json')).stdout) as unknown
    expect(JSON.stringify(listed)).toContain('"name":"add"')
    expect((await cli('calls', '--class', 'disabled')).stdout).not.toContain('one/add\tanswered')
    expect((await cli('calls', '--server', 'nobody')).stderr).toContain('No call is recorded that fits.')
    expect(await cli('calls', '--limit', '0')).toMatchObject({ code: 2 })
    expect(await cli('calls', '--since', 'yesterday')).toMatchObject({ code: 2 })
    await send('PATCH', '/_meta/tools/two/echo', { enabled: null })
  })
})

describe('the demo server without a document', () => {
  it('keeps its switches', async () => {
    const bare = createCliFolder()
    try {
      await using alone = await startGateway(bare)
      const at = ['--url', alone.url]
      await expect.poll(async () => (await runCli(['tools', '--state', ...at], { cwd: bare.path })).stdout).toContain('demo/echo')
      expect(await runCli(['tools', 'disable', 'demo/echo', ...at], { cwd: bare.path })).toMatchObject({ code: 0 })
      expect((await runCli(['tools', ...at], { cwd: bare.path })).stdout).not.toContain('demo/echo')
      expect(await runCli(['servers', 'disable', 'demo', ...at], { cwd: bare.path })).toMatchObject({ code: 0 })
      expect((await runCli(['servers', ...at], { cwd: bare.path })).stdout).toMatch(/^demo\tstopped/m)
    } finally {
      bare[Symbol.dispose]()
    }
  })
})
