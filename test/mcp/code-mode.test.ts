import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { createCallAudit } from '../../src/core/calls/index.ts'
import { RPC, RpcError } from '../../src/domain/json-rpc.ts'
import type { PresetDefinition } from '../../src/domain/preset.ts'
import { openStorage } from '../../src/storage/index.ts'
import { createMcpStdio } from '../../src/surfaces/mcp-stdio/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { createScriptSandbox } from '../../src/upstreams/sandbox/index.ts'
import { SCRIPTS, startMcpGateway as startGateway, type McpGateway, type McpGatewayOptions } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, type Exchange, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { processFamily } from '../support/process-children.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'
import { stdio, testServer } from './upstream-fixture.ts'

const resultOf = ({ answer }: Exchange): Json => answer['result'] as Json
const textsOf = (exchange: Exchange): readonly string[] => (resultOf(exchange)['content'] as { text: string }[] | undefined)?.map(({ text }) => text) ?? [JSON.stringify(exchange.answer)]
const textOf = (exchange: Exchange): string => textsOf(exchange)[0] ?? ''
const namesOf = (value: unknown): readonly string[] => (value as { name: string }[]).map(({ name }) => name)

const call = (client: RawClient, name: string, given: Json = {}, more: Json = {}): Promise<Exchange> => client.request({ id: 1, method: 'tools/call', params: { name, arguments: given, ...more } })
const run = (client: RawClient, script: string, more: Json = {}): Promise<Exchange> => call(client, 'code_run', { script, ...more })

/** One for all: what this machine allows is found out once. */
const scripts = createScriptSandbox({ settings: SCRIPTS, logger: silentLogger })
afterAll(() => scripts[Symbol.asyncDispose]())
const startMcpGateway = (options: McpGatewayOptions): Promise<McpGateway> => startGateway({ scripts, ...options })

const number = { type: 'number' }
const ADD = { name: 'add', description: 'Adds two numbers.', inputSchema: { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'], additionalProperties: false }, outputSchema: { type: 'object', properties: { sum: number }, required: ['sum'] } }
const tool = (name: string, more: Json = {}): Json => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object' }, ...more })

function scripted(id: string, tools: readonly unknown[], more: Parameters<typeof createScriptedUpstream>[0] = {}): ScriptedUpstream {
  const upstream = createScriptedUpstream({
    id,
    capabilities: { tools: { listChanged: true } },
    ...more,
    answers: {
      'tools/list': { tools: tools as Json[] } as never,
      'tools/call': (made) => {
        const { a, b } = paramsOf(made)['arguments'] as { a: number; b: number }
        return { content: [{ type: 'text', text: String(a + b) }], structuredContent: { sum: a + b } }
      },
      ...more.answers,
    },
  })
  upstream.becomeReady()
  return upstream
}

async function startListed(upstreams: readonly ScriptedUpstream[], more: Partial<McpGatewayOptions> = {}): Promise<McpGateway> {
  const gateway = await startMcpGateway({ upstreams, ...more })
  await until(() => gateway.catalog.current.servers.length === upstreams.length, 'every server is listed')
  return gateway
}

const codeUrl = (gateway: McpGateway, path = '/mcp'): string => `${gateway.url}${path}?mode=code`
const callsOf = ({ calls }: ScriptedUpstream): readonly (string | undefined)[] => calls.filter(({ method }) => method === 'tools/call').map(({ params }) => params)

const resolve = createRequire(import.meta.url).resolve
const everything = stdio(process.execPath, [join(dirname(resolve('@modelcontextprotocol/server-everything/package.json')), 'dist/index.js')])

describe('mode code', () => {
  it('lists two tools to clients of both eras, with what they cost', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const legacy = resultOf(await (await connectRaw(codeUrl(gateway))).request({ id: 1, method: 'tools/list' }))
    const modern = resultOf(await modernRequest(codeUrl(gateway), { method: 'tools/list' }))
    expect(namesOf(legacy['tools'])).toEqual(['code_search', 'code_run'])
    expect(modern['tools']).toEqual(legacy['tools'])
    expect((legacy['_meta'] as Json)['trunkline/cost']).toMatchObject({ mode: 'code' })
  })

  it('runs two calls of which one needs the other in one round trip, and shows only what is returned', async () => {
    await using gateway = await startMcpGateway({ servers: { everything } })
    for (const ask of [
      async (script: string) => run(await connectRaw(codeUrl(gateway)), script),
      async (script: string) => modernRequest(codeUrl(gateway), { method: 'tools/call', params: { name: 'code_run', arguments: { script } } }),
    ]) {
      const answer = await ask(`
        const text: string = await tools.everything.get_sum({ a: 2, b: 40 })
        const sum = Number(/is (\\d+)/.exec(text)![1])
        return await tools.everything.echo({ message: "twice is " + sum * 2 })`)
      expect(textsOf(answer)).toEqual(['Echo: twice is 84'])
      expect(JSON.stringify(answer.answer)).not.toMatch(/The sum/)
      expect((resultOf(answer)['_meta'] as Json)['trunkline/script']).toMatchObject({ calls: 2 })
    }
  })

  it('works on one server under its own names, on a preset, and over stdio', async () => {
    const presets: readonly PresetDefinition[] = [{ name: 'mine', description: undefined, origin: 'document', selection: { kind: 'tags', tags: ['math'] } }]
    await using gateway = await startListed([scripted('calc', [ADD], { tags: ['math'] }), scripted('other', [tool('secret')])], { presets: () => presets })
    const script = 'return [Object.keys(tools), (await tools.calc.add({ a: 1, b: 2 })).sum]'
    expect(textOf(await run(await connectRaw(codeUrl(gateway)), script))).toBe('[["calc","other"],3]')
    for (const path of ['/mcp/calc', '/mcp/presets/mine']) expect(textOf(await run(await connectRaw(codeUrl(gateway, path)), script))).toBe('[["calc"],3]')

    const [input, output] = [new PassThrough(), new PassThrough()]
    const { catalog, calls, codeMode } = gateway
    await using _stdio = createMcpStdio({ catalog, calls, codeMode, serverInfo: { name: 'trunkline', version: '0' }, mode: 'code', logger: silentLogger, input, output })
    const lines = createInterface({ input: output })[Symbol.asyncIterator]()
    const ask = async (method: string, params: Json): Promise<Json> => {
      input.write(`${JSON.stringify({ jsonrpc: '2.0', id: method, method, params })}\n`)
      return JSON.parse(String((await lines.next()).value)) as Json
    }
    await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } })
    expect(await ask('tools/call', { name: 'code_run', arguments: { script } })).toMatchObject({ result: { content: [{ text: '[["calc","other"],3]' }] } })
  })

  it('says that it cannot run scripts where there is nothing to run them', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const { catalog, calls } = gateway
    const [input, output] = [new PassThrough(), new PassThrough()]
    await using _stdio = createMcpStdio({ catalog, calls, serverInfo: { name: 'trunkline', version: '0' }, mode: 'code', logger: silentLogger, input, output })
    const lines = createInterface({ input: output })[Symbol.asyncIterator]()
    input.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}\n')
    await lines.next()
    input.write('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"code_run","arguments":{"script":"return 1"}}}\n')
    expect(JSON.parse(String((await lines.next()).value))).toMatchObject({ error: { message: expect.stringContaining('runs no scripts') as string } })
  })
})

describe('code_search', () => {
  it('declares what it finds in TypeScript', async () => {
    await using gateway = await startListed([scripted('calc-1', [ADD, tool('get-root', { inputSchema: { type: 'object', properties: { of: { type: 'number', description: 'What of.' } } } })])])
    const client = await connectRaw(codeUrl(gateway))
    expect(textOf(await call(client, 'code_search', { query: 'add numbers', limit: 1 }))).toBe('declare const tools: {\n  calc_1: {\n    /** Adds two numbers. */\n    add(args: { a: number; b: number }): Promise<{ sum: number }>\n  }\n}')
    const named = textOf(await call(client, 'code_search', { query: 'tools.calc_1.get_root', limit: 1 }))
    expect(named).toContain('get_root(args?: { /** What of. */ of?: number }): Promise<ToolText>')
    expect(() => stripTypeScriptTypes(named)).not.toThrow()
    expect(textOf(await call(client, 'code_search', { query: 'calc-1__add', limit: 1 }))).toContain('add(args')
  })

  it('leaves out parameters beyond a budget, and finds only what the view shows', async () => {
    const big = (name: string): Json => tool(name, { inputSchema: { type: 'object', properties: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index}`, { type: 'string', description: 'word '.repeat(20) }])) } })
    await using gateway = await startListed([scripted('sky', [big('weather_now'), big('weather_later'), big('weather_map'), big('weather_old')]), scripted('sea', [tool('weather_boat')])])
    const found = textOf(await call(await connectRaw(codeUrl(gateway, '/mcp/sky')), 'code_search', { query: 'weather' }))
    expect(found).toMatch(/weather_\w+\(args\?: \{/)
    expect(found).toMatch(/\/\/ tools\.sky\.weather_\w+: Does weather_/)
    expect(found).not.toContain('boat')
    expect(() => stripTypeScriptTypes(found)).not.toThrow()
  })

  it.each([
    [{}, /`query`/],
    [{ query: 'x', page: 1 }, /no parameter `page`/],
    [{ query: 'zzzz qqqq' }, /No tool fits/],
  ])('answers %j with what the model can read', async (given, message) => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    expect(textOf(await call(await connectRaw(codeUrl(gateway)), 'code_search', given))).toMatch(message)
  })

  it('keeps what a server says of itself in comments', async () => {
    const evil = tool('x', { description: '*/ evil() /*\n}; evil() //', inputSchema: { type: 'object', properties: { 'a"b\n': { type: 'string', description: '*/ evil()' } } } })
    await using gateway = await startListed([scripted('s', [evil])])
    const found = textOf(await call(await connectRaw(codeUrl(gateway)), 'code_search', { query: 'evil x' }))
    expect(stripTypeScriptTypes(found)).not.toContain('evil()')
  })
})

describe('a call of a script', () => {
  it('is the call that its client would have made: arguments as written, its result as it is', async () => {
    const upstream = scripted('s', [tool('any')], { answers: { 'tools/call': { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }], _meta: { z: 1 } } } })
    await using gateway = await startListed([upstream])
    const client = await connectRaw(codeUrl(gateway))
    const answer = await call(client, 'code_run', { script: 'return [await tools.s.any({ "2": null, a: [] }), await callTool("s__any")]' }, { _meta: { traceparent: '00-1', other: 1 } })
    expect(JSON.parse(textOf(answer))).toEqual([[{ type: 'image', data: 'AA==', mimeType: 'image/png' }], { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }], _meta: { z: 1 } }])
    expect(callsOf(upstream)).toEqual(['{"name":"any","arguments":{"2":null,"a":[]},"_meta":{"traceparent":"00-1"}}', '{"name":"any","_meta":{"traceparent":"00-1"}}'])
  })

  it.each<readonly [string, string, RegExp]>([
    ['a failure of the tool', 'tools.s.fails()', /^ToolError: no such city/],
    ['arguments that do not fit', 'tools.s.add({ a: 1 })', /^ToolError: The arguments do not fit `s__add`: `\/b` is missing/],
    ['arguments that are no object', 'tools.s.add([1])', /^ToolError: Expected `arguments` to be an object/],
    ['a tool that is not there', 'tools.s.ad({ a: 1, b: 2 })', /^ToolError: There is no tool `s__ad`. Did you mean `s__add`/],
    ['a server that is not there', 'tools.nobody.add({})', /^ToolError: There is no tool `nobody__add`/],
    ['a server that is down', 'tools.down.add({})', /^ToolError: .*`down` is not ready.*no port/],
    ['an error of the protocol', 'tools.s.refuses()', /^ToolError: Not today/],
    // It is in the log, and not in the answer.
    ['what the gateway did not expect', 'tools.s.broken()', /^ToolError: The gateway failed to make this call/],
  ])('throws a ToolError for %s', async (_what, expression, message) => {
    const down = createScriptedUpstream({ id: 'down' })
    down.become({ state: 'failed', since: new Date(), reason: 'It has no port.' } as never)
    const upstream = scripted('s', [ADD, tool('fails'), tool('refuses'), tool('broken')], {
      answers: {
        'tools/call': (made) => {
          const { name } = paramsOf(made)
          if (name === 'broken') throw new Error('a secret')
          if (name === 'refuses') throw new RpcError(RPC.invalidParams, 'Not today')
          return { content: [{ type: 'text', text: 'no such city' }], isError: true }
        },
      },
    })
    await using gateway = await startMcpGateway({ upstreams: [upstream, down], listWaitMs: 50 })
    await until(() => gateway.catalog.current.servers.length === 1, 'the server is listed')
    const answer = await run(await connectRaw(codeUrl(gateway)), `try { await ${expression} } catch (e) { console.log(e instanceof ToolError, e.tool); throw e }`)
    expect(resultOf(answer)['isError']).toBe(true)
    expect(textOf(answer)).toMatch(message)
    expect(textsOf(answer)[1]).toBe(`console:\ntrue ${expression.split('.').slice(1).join('.').split('(')[0]}`)
  })

  it('reaches nothing outside of the view, by no name', async () => {
    const secret = scripted('secret', [tool('open')])
    await using gateway = await startListed([scripted('calc', [ADD]), secret])
    const client = await connectRaw(codeUrl(gateway, '/mcp/calc'))
    const expressions = ['tools.secret.open()', 'tools["secret"]["open"]()', 'callTool("secret__open")', 'callTool("open")', 'callTool("code_run", { script: "" })', 'tools.calc["../secret/open"]()', 'tools.calc.secret__open()']
    const caught = await run(client, `const all = []; ${expressions.map((expression) => `all.push(await ${expression}.then(() => "reached", (error) => error.message))`).join(';')}; return all`)
    expect(JSON.parse(textOf(caught))).toEqual(expressions.map(() => expect.stringMatching(/^There is no tool/) as string))
    expect(callsOf(secret)).toEqual([])
  })

  it('is judged by what the client may see at that moment', async () => {
    const tools = [ADD, tool('more')]
    const upstream = scripted('calc', tools)
    await using gateway = await startListed([upstream])
    const client = await connectRaw(codeUrl(gateway))
    const ran = run(client, 'const before = (await tools.calc.add({ a: 1, b: 1 })).sum; for (;;) { try { await tools.calc.more({ a: 1, b: 1 }) } catch (e) { return [before, e.message] } await sleep(300) }')
    await until(() => callsOf(upstream).length >= 1, 'the script called')
    upstream.answers['tools/list'] = { tools: [ADD] as never }
    upstream.emit({ kind: 'list-changed', list: 'tools' })
    expect(textOf(await ran)).toMatch(/^\[2,"There is no tool `calc__more`/)
  })

  it('has a row in the record like any call, with the id of its script', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trunkline-code-'))
    try {
      await using storage = await openStorage({ directory })
      await using audit = createCallAudit({ store: storage.callRecords, logger: silentLogger, settings: () => ({ enabled: true, retentionMs: 86_400_000, arguments: true }) })
      await using gateway = await startListed([scripted('calc', [ADD])], { audit })
      const answer = await run(await connectRaw(codeUrl(gateway)), 'await tools.calc.add({ a: 1, b: 2 }); await tools.calc.add({ a: 3, b: 4 }); return 1')
      const { id } = (resultOf(answer)['_meta'] as { 'trunkline/script': { id: string } })['trunkline/script']
      const rows = await audit.find({ limit: 10, requestId: id })
      expect(rows.map(({ server, name, outcome, arguments: given }) => [server, name, outcome, given])).toEqual([
        ['calc', 'add', 'answered', '{"a":3,"b":4}'],
        ['calc', 'add', 'answered', '{"a":1,"b":2}'],
      ])
      expect(answer.headers.get('x-trunkline-request-id')).toBe(id)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

describe('a script and its client', () => {
  const startEcho = (): Promise<McpGateway> => startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })

  it('tells of progress in one rising count under the client’s token', async () => {
    await using gateway = await startEcho()
    const client = await connectRaw(codeUrl(gateway))
    const answer = await call(client, 'code_run', { script: 'return await Promise.all([tools.echo.wait({ ms: 400 }), tools.echo.wait({ ms: 400 })])' }, { _meta: { progressToken: 'mine' } })
    expect(textOf(answer)).toBe('["waited 400","waited 400"]')
    const told = answer.before.map(({ params }) => params as { progressToken: string; progress: number; message: string })
    expect(told.length).toBeGreaterThan(2)
    expect(new Set(told.map(({ progressToken }) => progressToken))).toEqual(new Set(['mine']))
    expect(told.map(({ progress }) => progress)).toEqual(told.map((_, index) => index + 1))
    expect(told.map(({ message }) => message)).toContain('echo.wait')
  })

  it('ends when the client cancels, with the calls that it was making', async () => {
    await using gateway = await startEcho()
    const client = await connectRaw(codeUrl(gateway))
    const started = Promise.withResolvers<void>()
    const ran = client.request(
      { id: 7, method: 'tools/call', params: { name: 'code_run', arguments: { script: 'await tools.echo.wait({ ms: 10_000 })' }, _meta: { progressToken: 1 } } },
      { onMessage: ({ params }) => (/\d/.test((params as { message: string }).message) ? started.resolve() : undefined) },
    )
    await started.promise
    await client.post({ method: 'notifications/cancelled', params: { requestId: 7 } })
    expect((await ran).answer['id']).toBeUndefined()
    expect(JSON.parse(textOf(await call(client, 'echo__cancelled')))).toHaveLength(1)

    const leaving = new AbortController()
    const modern = modernRequest(codeUrl(gateway), { method: 'tools/call', params: { name: 'code_run', arguments: { script: 'for (;;) {}' }, _meta: { progressToken: 1 } } }, { signal: leaving.signal })
    const running = (): number => processFamily(process.pid).filter(({ command }) => command.includes('--disallow-code-generation-from-strings')).length
    await until(() => running() > 0, 'the script runs')
    leaving.abort()
    await expect(modern).rejects.toThrow()
    await until(() => running() === 0, 'the script is gone')
  })

  it('lets a server ask a legacy client in the middle of a script', async () => {
    await using gateway = await startEcho()
    const client = await connectRaw(codeUrl(gateway), { elicitation: {} })
    const script = 'const one = JSON.parse(await tools.echo.ask({ method: "elicitation/create", from: "Who?" })); const other = JSON.parse(await tools.echo.ask({ method: "sampling/createMessage" })); return [one, other.message]'
    const answer = await client.request(
      { id: 1, method: 'tools/call', params: { name: 'code_run', arguments: { script } } },
      {
        onMessage: (message) => {
          if (message['method'] === 'elicitation/create') void client.post({ id: message['id'], result: { action: 'accept', content: { name: 'me' } } })
        },
      },
    )
    expect(JSON.parse(textOf(answer))).toEqual([{ action: 'accept', content: { name: 'me' } }, expect.stringContaining('did not declare the capability `sampling`')])
  })

  it.each(['--legacy', '--modern'])('lets a server (%s) ask a modern client, by `input_required` of the script', async (flag) => {
    await using gateway = flag === '--legacy' ? await startEcho() : await startMcpGateway({ upstreams: [asking()] })
    if (flag !== '--legacy') await until(() => gateway.catalog.current.servers.length === 1, 'the server is listed')
    const script = 'const first = await tools.echo.ask({ method: "elicitation/create", from: "Who?" }); const second = await tools.echo.ask({ method: "elicitation/create", from: "Why?" }); return [first, second].map(JSON.parse)'
    const params = { name: 'code_run', arguments: { script, timeoutMs: 60_000 }, _meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } } }
    const first = resultOf(await modernRequest(codeUrl(gateway), { method: 'tools/call', params }))
    expect(first).toMatchObject({ resultType: 'input_required', inputRequests: { q1: { method: 'elicitation/create', params: { from: 'Who?' } } } })
    const second = resultOf(await modernRequest(codeUrl(gateway), { method: 'tools/call', params: { ...params, requestState: first['requestState'], inputResponses: { q1: { action: 'decline' } } } }))
    expect(second).toMatchObject({ resultType: 'input_required', inputRequests: { q2: { params: { from: 'Why?' } } } })
    const done = await modernRequest(codeUrl(gateway), { method: 'tools/call', params: { ...params, requestState: second['requestState'], inputResponses: { q2: { action: 'cancel' } } } })
    expect(JSON.parse(textOf(done))).toEqual([{ action: 'decline' }, { action: 'cancel' }])
    const replayed = await modernRequest(codeUrl(gateway), { method: 'tools/call', params: { ...params, requestState: second['requestState'], inputResponses: { q2: { action: 'cancel' } } } })
    expect(replayed.answer['error']).toMatchObject({ message: expect.stringContaining('requestState') as string })
  })

  it('shows a console, and cuts what is too long', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const client = await connectRaw(codeUrl(gateway))
    expect(textsOf(await run(client, 'console.log("seen", 1); return "value"'))).toEqual(['value', 'console:\nseen 1'])
    expect(textsOf(await run(client, 'console.log("seen")'))).toEqual([expect.stringContaining('returned nothing'), 'console:\nseen'])
    const long = textOf(await run(client, 'return "x".repeat(100_000)'))
    expect(long.length).toBeLessThan(20_200)
    expect(long).toContain('it has 100000 characters and 20000 are shown')
    const failed = await run(client, 'console.log("before")\nnull.x')
    expect(resultOf(failed)['isError']).toBe(true)
    expect(textsOf(failed)).toEqual([expect.stringMatching(/^TypeError: Cannot read.*\(line 2 of the script\)$/), 'console:\nbefore'])
  })

  it.each([
    [{}, /`script`/],
    [{ script: ' ' }, /`script`/],
    [{ script: 'return 1', timeoutMs: 0 }, /`timeoutMs`/],
    [{ script: 'return 1', code: 1 }, /no parameter `code`/],
    [{ script: 'const x: = 1' }, /SyntaxError/],
    [{ script: 'for (;;) {}', timeoutMs: 200 }, /longer than 0.2 s/],
  ])('answers %j with a failure that the model can read, in both eras', async (given, message) => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const legacy = await call(await connectRaw(codeUrl(gateway)), 'code_run', given)
    const modern = await modernRequest(codeUrl(gateway), { method: 'tools/call', params: { name: 'code_run', arguments: given } })
    for (const answer of [legacy, modern]) {
      expect(resultOf(answer)['isError']).toBe(true)
      expect(textOf(answer)).toMatch(message)
    }
    expect(resultOf(modern)['resultType']).toBe('complete')
  })

  it('runs 64 scripts of 8 clients at once, each with its own answers', async () => {
    const upstream = scripted('calc', [ADD])
    await using gateway = await startListed([upstream])
    const clients = await Promise.all(Array.from({ length: 8 }, () => connectRaw(codeUrl(gateway))))
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const client = clients[index % 8] as RawClient
        const script = `let sum = 0; for (let i = 0; i < 5; i++) sum += (await tools.calc.add({ a: ${index}, b: i })).sum; return sum`
        return Number(textOf(await client.request({ id: index, method: 'tools/call', params: { name: 'code_run', arguments: { script } } })))
      }),
    )
    expect(answers).toEqual(Array.from({ length: 64 }, (_, index) => 5 * index + 10))
    expect(callsOf(upstream)).toHaveLength(320)
  })
})

/** A modern server that asks by `input_required`. */
function asking(): ScriptedUpstream {
  return scripted('echo', [tool('ask')], {
    era: 'modern',
    answers: {
      'tools/call': (made) => {
        const { arguments: given, inputResponses } = paramsOf(made) as { arguments: Json; inputResponses?: { q: Json } }
        if (!inputResponses) return { resultType: 'input_required', inputRequests: { q: { method: 'elicitation/create', params: { from: given['from'] as string } } }, requestState: 's' }
        return { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(inputResponses.q) }] }
      },
    },
  })
}
