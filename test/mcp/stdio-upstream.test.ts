import { describe, expect, it } from 'vitest'
import { RpcError } from '../../src/domain/json-rpc.ts'
import type { JsonText } from '../../src/lib/json-text.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import type { UpstreamChange } from '../../src/upstreams/mcp/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { ask, callTool, content, createUpstream, isReady, startUpstream, stdio, testServer, textOf, toolNames, until } from './upstream-fixture.ts'

const ERAS = [['legacy', testServer('echo', '--legacy')], ['modern', testServer('echo')]] as const

describe.each(ERAS)('createMcpUpstream over stdio, %s', (era, transport) => {
  it('finds the era and gives what the server said', async () => {
    await using upstream = await startUpstream(transport)
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era, instructions: 'test server echo', serverInfo: { name: 'echo' } } })
    expect(await toolNames(upstream)).toContain('echo')
  })

  it('carries arguments and results byte for byte', async () => {
    await using upstream = await startUpstream(transport)
    const given = '{ "10": 1, "2": 12345678901234567890, "1e": 1.0e+2, "t": "\\u0041\\/\u2028é", "dup": 1, "dup": 2, "n": null }'
    const signal = new AbortController().signal
    const result = await upstream.call({ method: 'tools/call', params: `{"name":"echo","arguments":${given}}` as JsonText, signal })
    expect(result).toContain(`"structuredContent":${given}`)
  })

  it('sends params with line breaks between tokens as one line', async () => {
    await using upstream = await startUpstream(transport)
    const params = '{\n  "name": "echo",\r\n  "arguments": {\n "a": "x\\ny" }\n}' as JsonText
    const result = await upstream.call({ method: 'tools/call', params, signal: new AbortController().signal })
    expect(JSON.parse(result)).toMatchObject({ structuredContent: { a: 'x\ny' } })
  })

  it('uses fresh ids and tokens, and asks for progress only when somebody listens', async () => {
    await using upstream = await startUpstream(transport)
    const meta = { progressToken: 'theirs', 'com.example/kept': [1], 'io.modelcontextprotocol/subscriptionId': 5 }
    const first = content(await callTool(upstream, 'who', {}, { meta, onProgress: () => {} })) as { id: number; token: unknown; meta: object }
    const second = content(await callTool(upstream, 'who', {}, { meta })) as { id: number; token: unknown; meta: object }
    expect(first.token).toBe(first.id)
    expect(second.token).toBeNull()
    expect(second.id).not.toBe(first.id)
    expect(first.meta).toHaveProperty(['com.example/kept'], [1])
    expect(first.meta).not.toHaveProperty(['io.modelcontextprotocol/subscriptionId'])
  })

  it('gives progress to its call only', async () => {
    await using upstream = await startUpstream(transport)
    const seen: [string, number][] = []
    const run = (name: string, ms: number): Promise<unknown> =>
      callTool(upstream, 'wait', { ms }, { onProgress: (params) => seen.push([name, (JSON.parse(params) as { progress: number }).progress]) })
    await Promise.all([run('a', 40), run('b', 80), callTool(upstream, 'wait', { ms: 20 })])
    expect(seen.filter(([name]) => name === 'a').map(([, progress]) => progress)).toEqual([1, 2, 3, 4])
    expect(seen.filter(([name]) => name === 'b').map(([, progress]) => progress)).toEqual([1, 2, 3, 4])
  })

  it('cancels one call at the server and no other', async () => {
    await using upstream = await startUpstream(transport)
    const stop = new AbortController()
    const cancelled = callTool(upstream, 'wait', { ms: 60_000 }, { signal: stop.signal })
    // It was sent after the other, which is therefore under way once this is.
    const kept = callTool(upstream, 'wait', { ms: 200 }, { onProgress: () => stop.abort() })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(textOf(await kept)).toBe('waited 200')
    expect(content(await callTool(upstream, 'cancelled'))).toHaveLength(1)
  })

  it('ends a call at its deadline, tells the server, and lets progress start the time anew', async () => {
    await using upstream = await startUpstream(transport)
    await expect(callTool(upstream, 'wait', { ms: 600_000 }, { timeoutMs: 80 })).rejects.toMatchObject({ code: 'upstream_timeout' })
    expect(content(await callTool(upstream, 'cancelled'))).toHaveLength(1)
    // Progress comes at each quarter: the time that is left then outlasts a machine that stalls.
    const result = await callTool(upstream, 'wait', { ms: 6_000 }, { timeoutMs: 5_000, onProgress: () => {} })
    expect(textOf(result)).toBe('waited 6000')
  })

  it('passes on the server’s own errors as they came', async () => {
    await using upstream = await startUpstream(transport)
    const failure = await callTool(upstream, 'nothing').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RpcError)
    expect(failure).toMatchObject({ code: -32602, message: 'Unknown tool "nothing"' })
  })
})

describe('createMcpUpstream over stdio, server requests', () => {
  const transport = testServer('echo', '--legacy')

  it('gives a request to the only call in flight', async () => {
    await using upstream = await startUpstream(transport)
    const onServerRequest = (method: string, params: JsonText | undefined): Promise<JsonText> =>
      Promise.resolve(`{"method":"${method}","params":${params ?? 'null'}}` as JsonText)
    const result = await callTool(upstream, 'ask', { method: 'sampling/createMessage', from: 7 }, { onServerRequest })
    expect(content(result)).toEqual({ method: 'sampling/createMessage', params: { from: 7 } })
  })

  it('refuses a request that more than one call may have caused', async () => {
    await using upstream = await startUpstream(transport)
    const asked: string[] = []
    const onServerRequest = (method: string): Promise<JsonText> => {
      asked.push(method)
      return Promise.resolve('{}' as JsonText)
    }
    const stop = new AbortController()
    const other = callTool(upstream, 'wait', { ms: 600_000 }, { onServerRequest, signal: stop.signal })
    const result = await callTool(upstream, 'ask', { method: 'roots/list' }, { onServerRequest })
    expect(content(result)).toMatchObject({ code: -32601 })
    expect(asked).toEqual([])
    stop.abort()
    await expect(other).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('does not let a cancelled call’s question reach another call', async () => {
    await using upstream = await startUpstream(transport)
    const asked: string[] = []
    const stop = new AbortController()
    const first = callTool(upstream, 'wait', { ms: 10_000 }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 50)
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    const onServerRequest = (method: string): Promise<JsonText> => {
      asked.push(method)
      return Promise.resolve('{}' as JsonText)
    }
    expect(content(await callTool(upstream, 'ask', { method: 'elicitation/create' }, { onServerRequest }))).toMatchObject({ code: -32601 })
    expect(asked).toEqual([])
  })

  it('answers a ping itself, and refuses what the caller does not serve', async () => {
    await using upstream = await startUpstream(transport)
    expect(content(await callTool(upstream, 'ask', { method: 'ping' }))).toEqual({})
    expect(content(await callTool(upstream, 'ask', { method: 'sampling/createMessage' }))).toMatchObject({ code: -32601 })
  })

  it('hands on a refusal with its own code, and hides other failures', async () => {
    await using upstream = await startUpstream(transport)
    const refuse = (): Promise<JsonText> => Promise.reject(new RpcError(-1, 'User rejected'))
    const break_ = (): Promise<JsonText> => Promise.reject(new Error('secret detail'))
    const method = 'sampling/createMessage'
    expect(content(await callTool(upstream, 'ask', { method }, { onServerRequest: refuse }))).toEqual({ code: -1, message: 'User rejected' })
    const hidden = content(await callTool(upstream, 'ask', { method }, { onServerRequest: break_ }))
    expect(hidden).toMatchObject({ code: -32603 })
    expect(JSON.stringify(hidden)).not.toContain('secret')
  })
})

describe('createMcpUpstream over stdio, eras', () => {
  it.each([
    ['answers errors', [], 'legacy'], ['dies', ['--dies'], 'legacy'], ['is silent', ['--silent'], 'legacy'],
  ] as const)('reaches a legacy server that %s before initialize', async (_, args, era) => {
    await using upstream = await startUpstream(testServer('legacy-only', ...args), { timing: { probeMs: 300 } })
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era } })
    expect(textOf(await callTool(upstream, 'work'))).toBe('done')
  })

  it('remembers that a probe kills the server', async () => {
    const warned: string[] = []
    await using upstream = await startUpstream(testServer('legacy-only', '--dies'), { timing: { backOffFirstMs: 10 } })
    upstream.onChange(() => warned.push(upstream.status.state))
    upstream.restart('test')
    await until(upstream, isReady)
    expect(warned).toEqual(['starting', 'ready'])
  })

  it('reaches a modern-only server and shows it who is calling', async () => {
    await using upstream = await startUpstream(testServer('modern-only'))
    const key = 'io.modelcontextprotocol/'
    const own = content(await callTool(upstream, 'work'))
    expect(own).toEqual({ [`${key}protocolVersion`]: '2026-07-28', [`${key}clientInfo`]: { name: 'trunkline', version: '0.0.0' }, [`${key}clientCapabilities`]: {} })
    const meta = { [`${key}clientCapabilities`]: { roots: {} }, [`${key}logLevel`]: 'debug', [`${key}protocolVersion`]: '1999-01-01', traceparent: 'kept' }
    expect(content(await callTool(upstream, 'work', {}, { meta }))).toEqual({
      [`${key}protocolVersion`]: '2026-07-28', [`${key}clientInfo`]: { name: 'trunkline', version: '0.0.0' },
      [`${key}clientCapabilities`]: { roots: {} }, [`${key}logLevel`]: 'debug', traceparent: 'kept',
    })
  })

  it('says why a modern-only server cannot be spoken to as a legacy one', async () => {
    await using upstream = await startUpstream(testServer('modern-only'), { definition: { era: 'legacy' } })
    expect(upstream.status).toMatchObject({ state: 'backing-off', reason: expect.stringContaining('Unsupported protocol version') as string })
  })

  it.each(['--legacy', '--both'])('reports a changed tool list (%s)', async (flag) => {
    await using upstream = await startUpstream(testServer('mutating', flag))
    const changes: UpstreamChange[] = []
    upstream.onChange((change) => changes.push(change))
    await callTool(upstream, 'mutate')
    await until(upstream, () => changes.length > 0)
    expect(changes).toEqual([{ kind: 'list-changed', list: 'tools' }])
    expect(await toolNames(upstream)).toContain('tool_2')
  })
})

describe('createMcpUpstream over stdio, unruly children', () => {
  it('skips junk and a byte order mark, and warns once', async () => {
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message), child: () => logger }
    await using upstream = await startUpstream(testServer('chatty', '--bom', '--junk', '50'), { logger })
    expect(await toolNames(upstream)).toContain('flood')
    expect(warnings.filter((message) => message.includes('stdout'))).toHaveLength(1)
  })

  it('stops listening to a server that writes junk without end', async () => {
    await using upstream = await startUpstream(testServer('chatty'))
    await expect(callTool(upstream, 'junk', { lines: 2000 })).rejects.toMatchObject({ code: 'upstream_interrupted' })
    expect(upstream.status).toMatchObject({ state: 'failed', reason: expect.stringContaining('stdout') as string })
  })

  it('drains a stderr flood and keeps its tail', async () => {
    await using upstream = await startUpstream(testServer('chatty'))
    expect(textOf(await callTool(upstream, 'flood', { megabytes: 16 }))).toBe('flooded')
    await expect.poll(() => upstream.stderrTail()).toContain('end of the flood')
    expect(upstream.stderrTail().length).toBeLessThanOrEqual(256 * 1024)
  })

  it('ends a server that sends a message without end, and keeps the loop free', async () => {
    await using upstream = await startUpstream(testServer('huge'), { timing: { backOffFirstMs: 20 } })
    // What this thread computed between two beats, and not the time that passed: that is also the machine’s doing.
    const workedMs = (): number => (process.threadCpuUsage().user + process.threadCpuUsage().system) / 1000
    let worst = 0
    let last = workedMs()
    const beat = setInterval(() => {
      worst = Math.max(worst, workedMs() - last)
      last = workedMs()
    }, 10)
    await expect(callTool(upstream, 'huge')).rejects.toMatchObject({ code: 'upstream_interrupted', message: expect.stringContaining('oversize') as string })
    clearInterval(beat)
    // A framer that joins its chunks again and again blocks for seconds here.
    expect(worst).toBeLessThan(1000)
    await until(upstream, isReady)
    expect(textOf(await callTool(upstream, 'big', { bytes: 8_000_000 }))).toHaveLength(8_000_000)
  })

  it('gives up on a server that does not read its input', async () => {
    const script = 'process.stdin.once("data",d=>{const id=JSON.parse(String(d).split("\\n")[0]).id;process.stdout.write(JSON.stringify({jsonrpc:"2.0",id,result:{protocolVersion:"2025-11-25",capabilities:{},serverInfo:{name:"deaf",version:"1"}}})+"\\n");process.stdin.pause()});setInterval(()=>{},1000)'
    await using upstream = await startUpstream(stdio(process.execPath, ['-e', script]), { definition: { era: 'legacy' }, timing: { writeMs: 300 } })
    const text = 'z'.repeat(4_000_000)
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => ask(upstream, 'tools/call', { name: 'x', arguments: { text } }, { timeoutMs: 60_000 })))
    expect(results.map((result) => result.status)).toEqual(Array(4).fill('rejected'))
    expect((results[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'upstream_interrupted', message: expect.stringContaining('took no input') as string })
  })
})

describe('createMcpUpstream over stdio, environment', () => {
  it('shows a child only what is allowed, named or set', async () => {
    const environment = { PATH: process.execPath, HOME: '/home/x', OPENAI_API_KEY: 'canary', GITHUB_TOKEN: 'given' }
    const transport = stdio(process.execPath, [testServerPath('echo')], { env: { MINE: 'set' }, inheritEnv: ['GITHUB_TOKEN'] })
    await using upstream = await startUpstream(transport, { environment })
    const seen = content(await callTool(upstream, 'environment')) as Record<string, string>
    expect(Object.keys(seen).toSorted()).toEqual(['GITHUB_TOKEN', 'HOME', 'MINE', 'PATH', 'TRUNKLINE_OWNER'])
    expect(JSON.stringify(seen)).not.toContain('canary')
  })

  it.each([
    ['a missing program', stdio('no-such-program-here', []), 'PATH'],
    ['a file that may not be run', stdio(testServerPathNotExecutable(), []), 'EACCES'],
    ['a missing working directory', stdio(process.execPath, [], { cwd: '/no/such/folder' }), '`cwd`'],
  ])('fails without a crash loop for %s', async (_, transport, hint) => {
    await using upstream = await startUpstream(transport)
    expect(upstream.status).toMatchObject({ state: 'failed', reason: expect.stringContaining(hint) as string })
    await expect(ask(upstream, 'tools/list')).rejects.toMatchObject({ code: 'server_unavailable' })
  })

  it('stays stopped when it is switched off', () => {
    const upstream = createUpstream(testServer('echo'), { definition: { enabled: false } })
    upstream.start()
    expect(upstream.status).toEqual({ state: 'stopped', reason: 'It is switched off.' })
  })
})

function testServerPathNotExecutable(): string {
  return new URL('./upstream-fixture.ts', import.meta.url).pathname
}
