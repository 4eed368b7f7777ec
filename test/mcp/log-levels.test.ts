import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../src/lib/json-text.ts'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../support/scripted-upstream.ts'

const LEVEL = 'io.modelcontextprotocol/logLevel'

/** Logs at three levels during each call, as a server does that was told to tell everything. */
function talkative(id: string): ScriptedUpstream {
  const upstream = createScriptedUpstream({
    id,
    capabilities: { tools: {}, logging: {} },
    answers: {
      'tools/list': { tools: [{ name: 't', inputSchema: { type: 'object' } }] },
      'logging/setLevel': {},
      'tools/call': (call) => {
        for (const level of ['debug', 'info', 'error']) call.onServerNotification?.('notifications/message', toJsonText({ level, data: level }))
        return { content: [] }
      },
    },
  })
  upstream.becomeReady()
  return upstream
}

const levelsSet = ({ calls }: ScriptedUpstream): readonly unknown[] => calls.filter(({ method }) => method === 'logging/setLevel').map((call) => paramsOf(call)['level'])
const heard = (messages: readonly Json[]): readonly unknown[] => messages.filter(({ method }) => method === 'notifications/message').map(({ params }) => (params as Json)['level'])
const callAs = async (client: RawClient, name: string): Promise<readonly unknown[]> => heard((await client.request({ id: crypto.randomUUID(), method: 'tools/call', params: { name, arguments: {} } })).before)
const setLevel = (client: RawClient, level: string) => client.request({ id: crypto.randomUUID(), method: 'logging/setLevel', params: { level } })

describe('log levels of several clients of one legacy server', () => {
  it('put the server at the most verbose, and give each client what it asked for', async () => {
    const one = talkative('one')
    await using gateway = await startMcpGateway({ upstreams: [one] })
    const [debug, error, silent] = await Promise.all([1, 2, 3].map(() => connectRaw(`${gateway.url}/mcp`)))
    if (!debug || !error || !silent) throw new Error('three clients')
    expect(await callAs(silent, 'one__t')).toEqual(['debug', 'info', 'error'])
    await setLevel(error, 'error')
    await setLevel(debug, 'debug')
    expect(levelsSet(one)).toEqual(['error', 'debug'])
    expect(await callAs(debug, 'one__t')).toEqual(['debug', 'info', 'error'])
    expect(await callAs(error, 'one__t')).toEqual(['error'])
    // It named no level: what another asked for is not for it.
    expect(await callAs(silent, 'one__t')).toEqual(['info', 'error'])
    const modern = (level?: string) => modernRequest(`${gateway.url}/mcp`, { method: 'tools/call', params: { name: 'one__t', arguments: {}, ...(level === undefined ? {} : { _meta: { [LEVEL]: level } }) } })
    expect(heard((await modern()).before)).toEqual([])
    expect(heard((await modern('info')).before)).toEqual(['info', 'error'])
    expect(levelsSet(one)).toEqual(['error', 'debug'])
  })

  it('go back when the most verbose client leaves, and are asked for by a modern call for as long as it runs', async () => {
    const one = talkative('one')
    await using gateway = await startMcpGateway({ upstreams: [one] })
    const [debug, error] = await Promise.all([1, 2].map(() => connectRaw(`${gateway.url}/mcp`)))
    if (!debug || !error) throw new Error('two clients')
    await setLevel(error, 'error')
    await setLevel(debug, 'debug')
    await fetch(`${gateway.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': debug.sessionId } })
    await callAs(error, 'one__t')
    await modernRequest(`${gateway.url}/mcp`, { method: 'tools/call', params: { name: 'one__t', arguments: {}, _meta: { [LEVEL]: 'info' } } })
    await callAs(error, 'one__t')
    expect(levelsSet(one)).toEqual(['error', 'debug', 'error', 'info', 'error'])
  })

  it('reach only the servers that their client can see', async () => {
    const [one, two] = [talkative('one'), talkative('two')]
    await using gateway = await startMcpGateway({ upstreams: [one, two] })
    const [narrow, other] = [await connectRaw(`${gateway.url}/mcp/one`), await connectRaw(`${gateway.url}/mcp`)]
    await setLevel(narrow, 'debug')
    expect(await callAs(other, 'two__t')).toEqual(['debug', 'info', 'error'])
    expect([levelsSet(one), levelsSet(two)]).toEqual([['debug'], []])
  })

  it('hold for log messages that belong to no call', async () => {
    const one = talkative('one')
    await using gateway = await startMcpGateway({ upstreams: [one] })
    const [debug, error, silent] = await Promise.all([1, 2, 3].map(() => connectRaw(`${gateway.url}/mcp`)))
    if (!debug || !error || !silent) throw new Error('three clients')
    await setLevel(debug, 'debug')
    await setLevel(error, 'error')
    const stop = new AbortController()
    const seen: Json[][] = [[], [], []]
    await Promise.all([debug, error, silent].map((client, index) => client.listen((message) => seen[index]?.push(message), stop.signal)))
    for (const level of ['debug', 'error']) one.emit({ kind: 'notification', method: 'notifications/message', params: toJsonText({ level, data: level }) })
    await expect.poll(() => seen.map(heard)).toEqual([['debug', 'error'], ['error'], []])
    stop.abort()
  })
})
