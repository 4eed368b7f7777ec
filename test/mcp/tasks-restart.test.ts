import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RPC, RpcError } from '../../src/domain/json-rpc.ts'
import type { McpEra } from '../../src/domain/mcp-server.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../support/scripted-upstream.ts'

const EXTENSION = 'io.modelcontextprotocol/tasks'
const DECLARED = { 'io.modelcontextprotocol/clientCapabilities': { extensions: { [EXTENSION]: {} } } }
const FACTS = { createdAt: '2026-01-01T00:00:00Z', lastUpdatedAt: '2026-01-01T00:00:00Z' }
const RESULT = { content: [{ type: 'text', text: 'done' }] }

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-tasks-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A server that keeps its tasks whatever becomes of the gateway, or forgot them. */
function server(era: McpEra, transport: 'http' | 'stdio', forgot = false): ScriptedUpstream {
  const legacy = era === 'legacy'
  const lifetime = legacy ? { ttl: null } : { ttlMs: null }
  const working = { taskId: 't', status: 'working', ...FACTS, ...lifetime }
  const refuse = (): never => {
    throw new RpcError(RPC.invalidParams, 'Task not found')
  }
  const done = legacy ? { ...working, status: 'completed' } : { resultType: 'complete', ...working, status: 'completed', result: RESULT }
  const upstream = createScriptedUpstream({
    id: 'one',
    era,
    transport,
    capabilities: legacy ? { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } } : { tools: {}, extensions: { [EXTENSION]: {} } },
    answers: {
      'tools/list': { tools: [{ name: 'job', inputSchema: { type: 'object' }, ...(legacy ? { execution: { taskSupport: 'optional' } } : {}) }] },
      'tools/call': legacy ? { task: working } : { resultType: 'task', ...working },
      'tasks/get': forgot ? refuse : done,
      'tasks/result': forgot ? refuse : RESULT,
      'tasks/cancel': { ...working, status: 'cancelled' },
    },
  })
  upstream.becomeReady()
  return upstream
}

/** One life of a gateway on the data directory, with the server as it is then. */
async function live<T>(upstream: ScriptedUpstream, use: (gateway: McpGateway) => Promise<T>): Promise<T> {
  await using gateway = await startMcpGateway({ upstreams: [upstream], dataDirectory: directory })
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
  return await use(gateway)
}

const asked = ({ calls }: ScriptedUpstream): readonly (readonly [string, unknown])[] => calls.filter(({ method }) => method.startsWith('tasks/')).map((call) => [call.method, paramsOf(call)['taskId']] as const)

interface Legacy {
  readonly session: Record<string, string>
  readonly taskId: string
}

const ask = async ({ url }: McpGateway, session: Record<string, string>, method: string, params: Json): Promise<Json> =>
  (await postMessage(`${url}/mcp`, { jsonrpc: '2.0', id: crypto.randomUUID(), method, params }, session)).answer

const begin = (gateway: McpGateway): Promise<Legacy> =>
  connectRaw(`${gateway.url}/mcp`).then(async ({ sessionId }) => {
    const session = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
    const { result } = await ask(gateway, session, 'tools/call', { name: 'one__job', arguments: {}, task: {} })
    return { session, taskId: ((result as Json)['task'] as Json)['taskId'] as string }
  })

describe('tasks of a legacy client over a restart of the gateway', () => {
  it.each(['legacy', 'modern'] as const)('go on under their ids at a %s server over HTTP, for their session and for nobody else', async (era) => {
    const before = server(era, 'http')
    const { session, taskId } = await live(before, begin)
    // The gateway stopped, which is no reason to cancel anything.
    expect(asked(before)).toEqual([])
    const after = server(era, 'http')
    await live(after, async (gateway) => {
      const stranger = await connectRaw(`${gateway.url}/mcp`)
      expect(await ask(gateway, { 'mcp-session-id': stranger.sessionId }, 'tasks/get', { taskId })).toMatchObject({ error: { code: RPC.invalidParams, message: expect.stringContaining('Task not found') as string } })
      expect(await ask(gateway, session, 'tasks/list', {})).toMatchObject({ result: { tasks: [{ taskId, status: 'completed' }] } })
      expect(await ask(gateway, session, 'tasks/get', { taskId })).toMatchObject({ result: { taskId, status: 'completed' } })
      expect(await ask(gateway, session, 'tasks/result', { taskId })).toMatchObject({ result: RESULT })
    })
    expect(new Set(asked(after).map(([, id]) => id))).toEqual(new Set(['t']))
  })

  it.each([
    ['a process, whose tasks ended with it', 'stdio', false],
    ['a server that does not know them any more', 'http', true],
  ] as const)('are told to be lost where they ran in %s', async (_what, transport, forgot) => {
    const { session, taskId } = await live(server('legacy', transport), begin)
    await live(server('legacy', transport, forgot), async (gateway) => {
      for (const method of ['tasks/get', 'tasks/result']) {
        expect(await ask(gateway, session, method, { taskId })).toMatchObject({ error: { message: expect.stringContaining('The task is lost: the gateway was restarted') as string, data: { code: 'upstream_interrupted' } } })
      }
    })
  })

  it('are cancelled at their server when the session ends, also one that was not used since', async () => {
    const { session } = await live(server('legacy', 'http'), begin)
    const after = server('legacy', 'http')
    await live(after, async ({ url }) => {
      expect((await fetch(`${url}/mcp`, { method: 'DELETE', headers: session })).status).toBe(200)
      await expect.poll(() => asked(after)).toEqual([['tasks/cancel', 't']])
    })
    await live(server('legacy', 'http'), async (gateway) => expect((await gateway.sessions.find({ id: session['mcp-session-id'] ?? '', principal: { id: 'local' } as never, filter: {} as never })).kind).toBe('missing'))
  })
})

describe('tasks of a modern client over a restart of the gateway', () => {
  const call = async ({ url }: McpGateway, method: string, params: Json, headers: Record<string, string> = {}): Promise<Json> => (await modernRequest(`${url}/mcp`, { method, params: { ...params, _meta: DECLARED } }, { headers })).answer

  it.each(['legacy', 'modern'] as const)('go on under their ids at a %s server', async (era) => {
    const taskId = await live(server(era, 'http'), async (gateway) => ((await call(gateway, 'tools/call', { name: 'one__job', arguments: {} }))['result'] as Json)['taskId'] as string)
    await live(server(era, 'http'), async (gateway) => {
      expect(await call(gateway, 'tasks/get', { taskId }, { 'mcp-name': taskId })).toMatchObject({ result: { resultType: 'complete', taskId, status: 'completed', result: RESULT } })
    })
  })
})
