import { describe, expect, it } from 'vitest'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { isReady, testServer, until } from './upstream-fixture.ts'

const tools = (answer: Json): { name: string }[] => (answer['result'] as { tools: { name: string }[] }).tools
const missing = (answer: Json): Json[] => ((answer['result'] as Json)['_meta'] as Record<string, Json[]> | undefined)?.['trunkline/missing'] ?? []

describe('aggregated lists', () => {
  it('of three servers come in the time of one, and again from what is remembered', async () => {
    const asked = new Set<string>()
    const all = Promise.withResolvers<void>()
    // None answers before all were asked: who asks one after the other gets nothing.
    const upstreams = ['one', 'two', 'three'].map((id) => {
      const list = async (): Promise<object> => {
        if (asked.add(id).size === 3) all.resolve()
        await all.promise
        return { tools: [{ name: 'work', inputSchema: { type: 'object' } }] }
      }
      return createScriptedUpstream({ id, capabilities: { tools: {} }, answers: { 'tools/list': list as () => Promise<Json> as never } })
    })
    await using gateway = await startMcpGateway({ upstreams })
    for (const upstream of upstreams) upstream.becomeReady()
    const first = await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    expect(new Set(tools(first.answer).map(({ name }) => name.split('__')[0]))).toEqual(new Set(['one', 'two', 'three']))
    expect(missing(first.answer)).toEqual([])
    await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    expect(upstreams.map(({ calls }) => calls.length)).toEqual([1, 1, 1])
  })

  it('come complete at first contact though a neighbour hangs, within the wait for it, and nobody waits for it again', async () => {
    const slow = testServer('slow', '--list-delay', '300')
    const servers = { one: slow, two: slow, three: slow, stuck: testServer('slow', '--list-delay', '600000') }
    // Time for the three, however slow the machine, and not for the fourth.
    const listWaitMs = 6_000
    await using gateway = await startMcpGateway({ servers, listWaitMs })
    await Promise.all(gateway.upstreams.map((upstream) => until(upstream, isReady)))
    const first = await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    expect(new Set(tools(first.answer).map(({ name }) => name.split('__')[0]))).toEqual(new Set(['one', 'two', 'three']))
    expect(missing(first.answer)).toMatchObject([{ server: 'stuck' }])
    const again = performance.now()
    await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    expect(performance.now() - again).toBeLessThan(listWaitMs)
  })

  it('are not held up by a server that never answers, which is named with its state', async () => {
    const servers = { good: { kind: 'builtin', name: 'demo' }, stuck: testServer('slow', '--list-delay', '600000') } as const
    const listWaitMs = 4_000
    await using gateway = await startMcpGateway({ servers, listWaitMs })
    const stuck = gateway.upstreams.find(({ id }) => id === 'stuck')
    if (stuck) await until(stuck, isReady)
    const client = await connectRaw(`${gateway.url}/mcp`)
    const { answer } = await client.request({ id: 1, method: 'tools/list' })
    expect(tools(answer).every(({ name }) => name.startsWith('good__'))).toBe(true)
    expect(missing(answer)).toMatchObject([{ server: 'stuck', state: 'ready', reason: expect.any(String) }])
    const started = performance.now()
    const modern = await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    // First contact is over: nobody waits so long again.
    expect(performance.now() - started).toBeLessThan(listWaitMs)
    expect(missing(modern.answer)).toMatchObject([{ server: 'stuck' }])
  })

  it('say why a server is missing that cannot start, and its tools are refused with that reason', async () => {
    const broken = { kind: 'stdio', command: 'no-such-command-here', args: [], env: {}, inheritEnv: [], cwd: undefined } as const
    await using gateway = await startMcpGateway({ servers: { good: { kind: 'builtin', name: 'demo' }, broken } })
    const { answer } = await modernRequest(`${gateway.url}/mcp`, { method: 'tools/list' })
    expect(missing(answer)).toMatchObject([{ server: 'broken', state: 'failed', reason: expect.stringContaining('no-such-command-here') }])
    const called = await modernRequest(`${gateway.url}/mcp`, { method: 'tools/call', params: { name: 'broken__anything', arguments: {} } })
    expect(called.answer['error']).toMatchObject({ code: -32603, message: expect.stringMatching(/`broken`.*failed.*no-such-command-here/s) })
  })

  it('keep the tools of a server that crashed, flagged stale, and change when it is back', async () => {
    await using gateway = await startMcpGateway({ servers: { crashing: testServer('crash') }, definition: { era: 'legacy' } })
    const client = await connectRaw(`${gateway.url}/mcp/crashing`)
    const before = await client.request({ id: 1, method: 'tools/list' })
    const name = tools(before.answer)[0]?.name ?? ''
    const [upstream] = gateway.upstreams
    if (!upstream) throw new Error('there is a server')
    const crashed = until(upstream, ({ status }) => status.state !== 'ready')
    const call = await client.request({ id: 2, method: 'tools/call', params: { name, arguments: {} } })
    expect(call.answer['error']).toMatchObject({ code: -32603 })
    await crashed
    const during = await client.request({ id: 3, method: 'tools/list' })
    expect(tools(during.answer).map((tool) => tool.name)).toContain(name)
    expect(missing(during.answer)).toMatchObject([{ server: 'crashing', state: expect.stringMatching(/backing-off|starting/) }])
    await until(upstream, isReady)
    await expect.poll(async () => missing((await client.request({ id: 4, method: 'tools/list' })).answer)).toEqual([])
  })
})
