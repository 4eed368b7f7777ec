import { describe, expect, it } from 'vitest'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, postMessage, type Exchange, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'
import { testServer } from './upstream-fixture.ts'

const resultOf = ({ answer }: Exchange): Json => answer['result'] as Json
const textOf = (exchange: Exchange): string => (resultOf(exchange)['content'] as { text: string }[] | undefined)?.[0]?.text ?? JSON.stringify(exchange.answer)
const jsonOf = (exchange: Exchange): Json => JSON.parse(textOf(exchange)) as Json
const namesOf = (value: unknown): readonly string[] => (value as { name: string }[]).map(({ name }) => name)

const call = (client: RawClient, name: string, given: Json = {}, more: Json = {}): Promise<Exchange> => client.request({ id: 1, method: 'tools/call', params: { name, arguments: given, ...more } })

const ADD = { name: 'add', description: 'Add two numbers. Both are needed.', inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'], additionalProperties: false } }
const tool = (name: string, inputSchema: Json = { type: 'object' }): Json => ({ name, description: `Does ${name}.`, inputSchema })

function scripted(id: string, tools: readonly unknown[], more: Parameters<typeof createScriptedUpstream>[0] = {}): ScriptedUpstream {
  const upstream = createScriptedUpstream({ id, capabilities: { tools: { listChanged: true } }, answers: { 'tools/list': { tools: tools as Json[] } as never, 'tools/call': { content: [] } }, ...more })
  upstream.becomeReady()
  return upstream
}

async function startListed(upstreams: readonly ScriptedUpstream[], more: Partial<Parameters<typeof startMcpGateway>[0]> = {}): Promise<McpGateway> {
  const gateway = await startMcpGateway({ upstreams, ...more })
  await until(() => gateway.catalog.current.servers.length === upstreams.length, 'every server is listed')
  return gateway
}

const callsOf = (upstream: ScriptedUpstream | undefined): readonly (string | undefined)[] => (upstream?.calls ?? []).filter(({ method }) => method === 'tools/call').map(({ params }) => params)

describe('?mode=', () => {
  it.each([
    ['lazy', ['tool_list', 'tool_schema', 'tool_invoke']],
    ['search', ['tool_search', 'tool_schema', 'tool_invoke']],
    ['code', ['code_search', 'code_run']],
    ['full', ['calc__add']],
  ])('%s lists %j to clients of both eras, with what it costs', async (mode, names) => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const url = `${gateway.url}/mcp?mode=${mode}`
    const legacy = resultOf(await (await connectRaw(url)).request({ id: 1, method: 'tools/list' }))
    const modern = resultOf(await modernRequest(url, { method: 'tools/list' }))
    expect(namesOf(legacy['tools'])).toEqual(names)
    expect(modern).toMatchObject({ resultType: 'complete', tools: legacy['tools'] })
    for (const { _meta } of [legacy, modern]) {
      const cost = (_meta as Json)['trunkline/cost'] as { mode: string; tokens: number; fullTokens: number }
      const bytes = JSON.stringify(legacy['tools']).length + '"tools":'.length
      expect(cost).toMatchObject({ mode, tokens: Math.ceil(bytes / 4) })
      expect(cost.fullTokens).toBeGreaterThan(0)
    }
  })

  it.each(['codes', 'lzay', '', 'lazy&mode=full'])('refuses %j with 400 and says what there is', async (mode) => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const { status, answer } = await postMessage(`${gateway.url}/mcp?mode=${mode}`, { jsonrpc: '2.0', id: 1, method: 'ping' })
    expect(status).toBe(400)
    expect((answer['error'] as Json)['message']).toMatch(mode.includes('&') ? /once, found it 2 times/ : /one of `full`, `lazy`, `search`, `code`/)
  })

  it('is the gateway’s default where the client says nothing, and part of what a session is good for', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])], { mode: 'lazy' })
    const client = await connectRaw(`${gateway.url}/mcp`)
    expect(namesOf(resultOf(await client.request({ id: 1, method: 'tools/list' }))['tools'])).toContain('tool_list')
    const full = await connectRaw(`${gateway.url}/mcp?mode=full`)
    expect(namesOf(resultOf(await full.request({ id: 1, method: 'tools/list' }))['tools'])).toEqual(['calc__add'])
    const other = await postMessage(`${gateway.url}/mcp?mode=search`, { jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': full.sessionId })
    expect(other.status).toBe(404)
  })

  it('hides and does not forbid: a tool is called by its own name in every mode', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    for (const mode of ['full', 'lazy', 'search', 'code']) {
      const client = await connectRaw(`${gateway.url}/mcp?mode=${mode}`)
      expect(resultOf(await call(client, 'calc__add', { a: 1, b: 2 }))).toEqual({ content: [] })
    }
    const full = await connectRaw(`${gateway.url}/mcp`)
    expect((await call(full, 'tool_invoke', { tool: 'calc__add' })).answer['error']).toMatchObject({ message: expect.stringContaining('tool_invoke') as string })
  })

  it('works on one server under its own names, and a tool of the gateway goes before a tool of the same name', async () => {
    const upstream = scripted('odd', [tool('tool_invoke'), tool('plain')])
    await using gateway = await startListed([upstream])
    const client = await connectRaw(`${gateway.url}/mcp/odd?mode=lazy`)
    await call(client, 'tool_invoke', { tool: 'plain', arguments: { x: 1 } })
    await call(client, 'tool_invoke', { tool: 'tool_invoke', arguments: { y: 2 } })
    expect(callsOf(upstream)).toEqual(['{"name":"plain","arguments":{"x":1}}', '{"name":"tool_invoke","arguments":{"y":2}}'])
  })
})

describe('tool_list', () => {
  const servers = (): ScriptedUpstream[] => [scripted('calc', [ADD, tool('mul')], { tags: ['Math'] }), scripted('disk', [tool('read'), tool('write'), tool('sync')])]

  it('pages through every tool once, in the order of the full list', async () => {
    await using gateway = await startListed(servers())
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const seen: string[] = []
    let cursor: unknown
    do {
      const page = jsonOf(await call(client, 'tool_list', { limit: 2, ...(cursor === undefined ? {} : { cursor }) }))
      expect(page['total']).toBe(5)
      seen.push(...namesOf(page['tools']))
      cursor = page['next']
    } while (cursor !== undefined)
    expect(seen).toEqual(['calc__add', 'calc__mul', 'disk__read', 'disk__write', 'disk__sync'])
  })

  it.each([
    [{ server: 'disk' }, ['disk__read', 'disk__write', 'disk__sync']],
    [{ tag: 'MATH' }, ['calc__add', 'calc__mul']],
    [{ text: 'two NUMBERS' }, ['calc__add']],
    [{ server: 'disk', text: 'nothing' }, []],
  ])('filters by %j', async (given, names) => {
    await using gateway = await startListed(servers())
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const list = jsonOf(await call(client, 'tool_list', given))
    expect(namesOf(list['tools'])).toEqual(names)
    expect(list['next']).toBeUndefined()
  })

  it('shows the first sentence of a description', async () => {
    await using gateway = await startListed(servers())
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    expect(jsonOf(await call(client, 'tool_list', { text: 'add' }))['tools']).toEqual([{ name: 'calc__add', description: 'Add two numbers.' }])
  })

  it.each([
    [{ cursor: 'bm9uc2Vuc2U' }, /cursor/],
    [{ server: 'dsik' }, /no server `dsik`. There are: calc, disk/],
    [{ limit: 0 }, /`limit`/],
    [{ page: 2 }, /no parameter `page`/],
  ])('answers %j with a failure that the model can read', async (given, message) => {
    await using gateway = await startListed(servers())
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const answer = await call(client, 'tool_list', given)
    expect(resultOf(answer)['isError']).toBe(true)
    expect(textOf(answer)).toMatch(message)
  })

  it('refuses the cursor of another list', async () => {
    await using gateway = await startListed(servers())
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const { next } = jsonOf(await call(client, 'tool_list', { server: 'disk', limit: 1 }))
    expect(resultOf(await call(client, 'tool_list', { server: 'calc', cursor: next }))['isError']).toBe(true)
  })
})

describe('tool_schema and tool_search', () => {
  it('give definitions as the full list does, letter for letter', async () => {
    const text = '{"name":"odd","x-vendor":1e400,"inputSchema":{"type":"object","properties":{"2":{},"1":{"const":12345678901234567890}}}}'
    const upstream = scripted('s', [], { answers: { 'tools/list': `{"tools":[${text}]}` } })
    await using gateway = await startListed([upstream])
    const shown = text.replace('"odd"', '"s__odd"')
    const lazy = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    expect(textOf(await call(lazy, 'tool_schema', { tools: ['s__odd'] }))).toBe(`{"tools":[${shown}]}`)
    const search = await connectRaw(`${gateway.url}/mcp?mode=search`)
    expect(textOf(await call(search, 'tool_search', { query: 'something odd' }))).toBe(`{"tools":[${shown}]}`)
  })

  it('name what is similar to a tool that is not there', async () => {
    await using gateway = await startListed([scripted('calc', [ADD])])
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    expect(jsonOf(await call(client, 'tool_schema', { tools: ['calc__add', 'calc__ad'] }))['unknown']).toEqual([{ name: 'calc__ad', similar: ['calc__add'] }])
    const none = await call(client, 'tool_schema', { tools: ['calc__ad'] })
    expect(resultOf(none)['isError']).toBe(true)
    expect(textOf(none)).toContain('calc__add')
  })

  it('leave out parameters beyond a budget, but never those of the best', async () => {
    const big = (name: string): Json => tool(name, { type: 'object', properties: { text: { type: 'string', description: 'word '.repeat(2_000) } } })
    await using gateway = await startListed([scripted('s', [big('weather_now'), big('weather_later'), tool('weather_map')])])
    const client = await connectRaw(`${gateway.url}/mcp?mode=search`)
    const found = jsonOf(await call(client, 'tool_search', { query: 'weather' }))
    const withSchema = (found['tools'] as Json[]).map((one) => 'inputSchema' in one)
    expect(withSchema).toHaveLength(3)
    expect(withSchema[0]).toBe(true)
    expect(withSchema).toContain(false)
    expect(found['note']).toMatch(/tool_schema/)
  })

  it('find only what the view shows', async () => {
    await using gateway = await startListed([scripted('calc', [ADD]), scripted('other', [tool('add_more')])])
    const client = await connectRaw(`${gateway.url}/mcp/calc?mode=search`)
    expect(namesOf(jsonOf(await call(client, 'tool_search', { query: 'add' }))['tools'])).toEqual(['add'])
    expect(resultOf(await call(client, 'tool_invoke', { tool: 'add_more' }))['isError']).toBe(true)
  })

  it('find what a server lists anew', async () => {
    const upstream = scripted('s', [tool('first')])
    await using gateway = await startListed([upstream])
    const client = await connectRaw(`${gateway.url}/mcp?mode=search`)
    expect(namesOf(jsonOf(await call(client, 'tool_search', { query: 'zebra' }))['tools'])).toEqual([])
    upstream.answers['tools/list'] = { tools: [tool('zebra_feeder')] as never }
    upstream.emit({ kind: 'list-changed', list: 'tools' })
    await until(() => gateway.catalog.current.servers[0]?.lists.tool.capabilities[0]?.upstreamName === 'zebra_feeder', 'the list is new')
    expect(namesOf(jsonOf(await call(client, 'tool_search', { query: 'zebra' }))['tools'])).toEqual(['s__zebra_feeder'])
  })
})

describe('tool_invoke', () => {
  it('forwards arguments and `_meta` letter for letter, in both eras', async () => {
    const upstream = scripted('s', [tool('any')])
    await using gateway = await startListed([upstream])
    const given = '{ "10": null, "2": 12345678901234567890.10, "a": "\\u0041\\/", "a": [ ] }'
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const url = `${gateway.url}/mcp?mode=lazy`
    await postMessage(url, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tool_invoke","arguments":{"tool":"s__any","arguments":${given}},"_meta":{"k":1.0}}}`, { 'mcp-session-id': client.sessionId })
    expect(callsOf(upstream)).toEqual([`{"name":"any","arguments":${given},"_meta":{"k":1.0}}`])
    const meta = '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
    await postMessage(url, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tool_invoke","arguments":{"arguments":${given},"tool":"s__any"},"_meta":${meta}}}`, {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'tool_invoke',
    })
    expect(callsOf(upstream)[1]).toContain(`"arguments":${given}`)
  })

  it.each([
    ['structured content', { content: [{ type: 'text', text: 'x' }], structuredContent: { a: 1 }, _meta: { z: 1 } }],
    ['a failure of the tool', { content: [{ type: 'text', text: 'no' }], isError: true }],
  ])('passes %s on as a direct call does', async (_what, result) => {
    await using gateway = await startListed([scripted('s', [tool('any')], { answers: { 'tools/list': { tools: [tool('any')] as never }, 'tools/call': result } })])
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    expect(resultOf(await call(client, 'tool_invoke', { tool: 's__any' }))).toEqual(result)
    expect(resultOf(await call(client, 's__any'))).toEqual(result)
  })

  it.each([
    [{ tool: 'calc__add', arguments: { a: 1 } }, /`\/b` is missing/],
    [{ tool: 'calc__add', arguments: { a: 1, b: 'x' } }, /`\/b` must be number/],
    [{ tool: 'calc__add', arguments: { a: 1, b: 2, c: 3 } }, /`\/c` is not a known property/],
    [{ tool: 'calc__add' }, /`\/a` is missing.*"required"/],
    [{ tool: 'calc__add', arguments: '{"a":1}' }, /`arguments` to be an object/],
    [{ tool: 'calc__add', a: 1, b: 2 }, /no parameter `a`.*`arguments`/],
    [{ arguments: {} }, /`tool` to be the name/],
    [{ tool: 'calc__addd', arguments: {} }, /no tool `calc__addd`. Did you mean `calc__add`/],
  ])('answers %j with a failure and calls nothing', async (given, message) => {
    const upstream = scripted('calc', [ADD])
    await using gateway = await startListed([upstream])
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const answer = await call(client, 'tool_invoke', given)
    expect(resultOf(answer)['isError']).toBe(true)
    expect(textOf(answer)).toMatch(message)
    expect(callsOf(upstream)).toEqual([])
  })

  it('says of a server that is down what a direct call says', async () => {
    const down = createScriptedUpstream({ id: 'down' })
    down.become({ state: 'failed', since: new Date(), reason: 'It has no port.' } as never)
    await using gateway = await startMcpGateway({ upstreams: [down], listWaitMs: 50 })
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const [direct, invoked] = [await call(client, 'down__x'), await call(client, 'tool_invoke', { tool: 'down__x' })]
    expect(direct.answer['error']).toMatchObject({ data: { code: 'server_unavailable' } })
    expect(invoked.answer).toEqual(direct.answer)
    expect(jsonOf(await call(client, 'tool_list'))['missing']).toMatchObject([{ server: 'down', reason: 'It has no port.' }])
  })

  it('passes progress on, and cancels the tool’s own call', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`)
    const waiting = (ms: number): Json => ({ name: 'tool_invoke', arguments: { tool: 'echo__wait', arguments: { ms } }, _meta: { progressToken: 'mine' } })
    const done = await client.request({ id: 1, method: 'tools/call', params: waiting(8) })
    expect(textOf(done)).toBe('waited 8')
    expect(done.before.map(({ params }) => (params as Json)['progressToken'])).toEqual(['mine', 'mine', 'mine', 'mine'])

    const started = Promise.withResolvers<void>()
    const cancelled = client.request({ id: 2, method: 'tools/call', params: waiting(10_000) }, { onMessage: () => started.resolve() })
    await started.promise
    await client.post({ method: 'notifications/cancelled', params: { requestId: 2 } })
    expect((await cancelled).answer['id']).toBeUndefined()
    expect(jsonOf(await call(client, 'echo__cancelled'))).toHaveLength(1)
  })

  it.each(['sampling/createMessage', 'elicitation/create'])('lets the server ask the client: %s', async (method) => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const client = await connectRaw(`${gateway.url}/mcp?mode=lazy`, { sampling: {}, elicitation: {} })
    const given = { tool: 'echo__ask', arguments: { method, from: 'me' } }
    const answer = await client.request(
      { id: 1, method: 'tools/call', params: { name: 'tool_invoke', arguments: given } },
      {
        onMessage: (message) => {
          if (message['method'] === method) void client.post({ id: message['id'], result: { answered: true } })
        },
      },
    )
    expect(jsonOf(answer)).toEqual({ answered: true })
  })

  it('carries a question of a legacy server to a modern client and the answer back', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const url = `${gateway.url}/mcp?mode=lazy`
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
    const params = { name: 'tool_invoke', arguments: { tool: 'echo__ask', arguments: { method: 'elicitation/create', message: 'Who?' } }, _meta: meta }
    const asked = resultOf(await modernRequest(url, { method: 'tools/call', params }))
    expect(asked).toMatchObject({ resultType: 'input_required', inputRequests: { q1: { method: 'elicitation/create' } } })
    const answered = await modernRequest(url, { method: 'tools/call', params: { ...params, requestState: asked['requestState'], inputResponses: { q1: { action: 'decline' } } } })
    expect(jsonOf(answered)).toEqual({ action: 'decline' })
  })
})

describe('list_changed in a mode that hides tools', () => {
  it('is sent when a server comes or goes, and not when a server changes its own tools', async () => {
    const first = scripted('first', [tool('a')])
    const second = scripted('second', [])
    await using gateway = await startListed([first, second])
    const stop = new AbortController()
    const heard: Record<string, string[]> = { lazy: [], full: [] }
    for (const mode of ['lazy', 'full']) {
      const client = await connectRaw(`${gateway.url}/mcp?mode=${mode}`)
      await client.listen((message) => heard[mode]?.push(String(message['method'])), stop.signal)
    }
    const relist = async (upstream: ScriptedUpstream, name: string): Promise<void> => {
      upstream.answers['tools/list'] = { tools: [tool(name)] as never }
      upstream.emit({ kind: 'list-changed', list: 'tools' })
      await until(() => gateway.catalog.current.servers.some(({ lists }) => lists.tool.capabilities[0]?.upstreamName === name), `${name} is listed`)
    }
    await relist(first, 'b')
    await until(() => heard['full']?.length === 1, 'the full list was told of')
    expect(heard['lazy']).toEqual([])
    await relist(second, 'c')
    await until(() => heard['full']?.length === 2 && heard['lazy']?.length === 1, 'both were told of')
    expect(heard['lazy']).toEqual(['notifications/tools/list_changed'])
    stop.abort()
  })
})
