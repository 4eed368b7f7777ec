import { describe, expect, it } from 'vitest'
import type { PrincipalId } from '../../../domain/ids.ts'
import { RpcError } from '../../../domain/json-rpc.ts'
import type { JsonObject } from '../../../lib/json.ts'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { createEvents, createMetrics, silentLogger } from '../../../telemetry/index.ts'
import { createScriptedUpstream, paramsOf, type ScriptedOptions, type ScriptedUpstream } from '../../../../test/support/scripted-upstream.ts'
import { createCatalog, viewCatalog } from '../../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../../identity/index.ts'
import type { CallRequest } from '../call-request.ts'
import { createCalls, type Calls } from '../calls.ts'

const TASKS = 'io.modelcontextprotocol/tasks'
const DECLARED = { _meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} } } } }

interface Bench extends AsyncDisposable {
  readonly calls: Calls
  call(method: string, params: JsonObject, more?: Partial<CallRequest>): Promise<JsonObject>
}

async function createBench(upstreams: readonly ScriptedUpstream[]): Promise<Bench> {
  const events = createEvents(silentLogger, createMetrics())
  const catalog = createCatalog({ upstreams: () => upstreams, events, logger: silentLogger, naming: 'prefixed', listWaitMs: 200 })
  const calls = createCalls({ upstreams: () => upstreams, events, logger: silentLogger, startWaitMs: 100 })
  const filter = { servers: 'all', tags: undefined, naming: 'prefixed' } as const
  await catalog.contacted(filter)
  return {
    calls,
    async call(method, params, more = {}) {
      const view = viewCatalog(catalog.current, LOCAL_PRINCIPAL, filter)
      const request: CallRequest = { view, principal: LOCAL_PRINCIPAL, method, params: toJsonText(params), era: 'legacy', signal: new AbortController().signal, logger: silentLogger, ...more }
      return JSON.parse(await calls.call(request)) as JsonObject
    },
    async [Symbol.asyncDispose]() {
      await calls[Symbol.asyncDispose]()
      await catalog[Symbol.asyncDispose]()
    },
  }
}

const facts = { status: 'working', createdAt: '2026-01-01T00:00:00Z', lastUpdatedAt: '2026-01-01T00:00:00Z' }

/** A server of either era whose every task has the id `t`. */
function server(id: string, era: 'legacy' | 'modern', answers: ScriptedOptions['answers'] = {}, support = 'optional'): ScriptedUpstream {
  const legacy = era === 'legacy'
  const task = legacy ? { taskId: 't', ...facts, ttl: null } : { taskId: 't', ...facts, ttlMs: null, pollIntervalMs: 20 }
  const upstream = createScriptedUpstream({
    id,
    era,
    capabilities: legacy ? { tools: {}, tasks: { requests: { tools: { call: {} } } } } : { tools: {}, extensions: { [TASKS]: {} } },
    answers: {
      'tools/list': { tools: [{ name: 'job', inputSchema: { type: 'object' }, ...(legacy ? { execution: { taskSupport: support } } : {}) }] },
      'tools/call': legacy ? { task } : { resultType: 'task', ...task },
      'tasks/get': legacy ? { ...task, who: id } : { resultType: 'complete', ...task, who: id },
      'tasks/cancel': legacy ? { ...task, status: 'cancelled' } : { resultType: 'complete' },
      ...answers,
    },
  })
  upstream.becomeReady()
  return upstream
}

const taskIdOf = (result: JsonObject): string => ((result['task'] as JsonObject | undefined) ?? result)['taskId'] as string
const methods = (upstream: ScriptedUpstream): readonly string[] => upstream.calls.map(({ method }) => method).filter((method) => !method.endsWith('/list'))

describe('tasks of a legacy client', () => {
  it('are kept apart when two servers use the same id', async () => {
    const [one, two] = [server('one', 'legacy'), server('two', 'modern')]
    await using bench = await createBench([one, two])
    const owner = {}
    const ids = await Promise.all(['one__job', 'two__job'].map(async (name) => taskIdOf(await bench.call('tools/call', { name, task: {} }, { owner }))))
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain('t')
    const got = await Promise.all(ids.map((taskId) => bench.call('tasks/get', { taskId }, { owner })))
    expect(got).toMatchObject([{ taskId: ids[0], who: 'one' }, { taskId: ids[1], who: 'two', ttl: null, pollInterval: 20 }])
    expect(paramsOf(one.calls.at(-1))).toEqual({ taskId: 't' })
    expect(await bench.call('tasks/list', {}, { owner })).toMatchObject({ tasks: [{ taskId: ids[0] }, { taskId: ids[1] }] })
  })

  it('are not found by another session, another principal or a guessed id of the server', async () => {
    await using bench = await createBench([server('one', 'legacy')])
    const owner = {}
    const taskId = taskIdOf(await bench.call('tools/call', { name: 'one__job', task: {} }, { owner }))
    const other = { ...LOCAL_PRINCIPAL, id: 'other' as PrincipalId }
    const strangers: readonly Partial<CallRequest>[] = [{ owner: {} }, { owner, principal: other }, {}]
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
      for (const stranger of strangers) await expect(bench.call(method, { taskId }, stranger)).rejects.toMatchObject({ code: -32602 })
    }
    await expect(bench.call('tasks/get', { taskId: 't' }, { owner })).rejects.toThrow(/Task not found/)
    expect(await bench.call('tasks/list', {}, { owner: {} })).toEqual({ tasks: [] })
  })

  it('are cancelled at their servers when the session ends', async () => {
    const one = server('one', 'legacy')
    await using bench = await createBench([one])
    const owner = { updated: () => undefined }
    await bench.call('tools/call', { name: 'one__job', task: {} }, { owner })
    bench.calls.drop(owner, 'its session')
    await expect.poll(() => methods(one).at(-1)).toBe('tasks/cancel')
  })

  it('tell their status under the client’s id', async () => {
    const one = server('one', 'legacy')
    await using bench = await createBench([one])
    const seen: string[] = []
    const owner = {}
    const taskId = taskIdOf(await bench.call('tools/call', { name: 'one__job', task: {} }, { owner, onTaskStatus: (params) => seen.push(params) }))
    one.emit({ kind: 'notification', method: 'notifications/tasks/status', params: toJsonText({ taskId: 't', status: 'completed' }) })
    one.emit({ kind: 'notification', method: 'notifications/tasks/status', params: toJsonText({ taskId: 'somebody-else', status: 'completed' }) })
    expect(seen).toEqual([toJsonText({ taskId, status: 'completed' })])
  })

  it('are over at once when a modern server needed none', async () => {
    const two = server('two', 'modern', { 'tools/call': { resultType: 'complete', content: [{ type: 'text', text: 'at once' }] } })
    await using bench = await createBench([two])
    const owner = {}
    const created = await bench.call('tools/call', { name: 'two__job', task: {} }, { owner })
    expect(created).toMatchObject({ task: { status: 'completed', ttl: null } })
    const taskId = taskIdOf(created)
    expect(await bench.call('tasks/result', { taskId }, { owner })).toMatchObject({ content: [{ text: 'at once' }], _meta: { 'io.modelcontextprotocol/related-task': { taskId } } })
    await expect(bench.call('tasks/cancel', { taskId }, { owner })).rejects.toMatchObject({ code: -32602 })
    expect(paramsOf(two.calls.find(({ method }) => method === 'tools/call'))).not.toHaveProperty('task')
  })
})

describe('a caller that knows no tasks', () => {
  it('gets the result of a task that a modern server made, and its questions', async () => {
    let polls = 0
    const states: readonly JsonObject[] = [
      { status: 'input_required', inputRequests: { k: { method: 'elicitation/create', params: { message: 'm' } } } },
      { status: 'completed', result: { content: [] } },
    ]
    const two = server('two', 'modern', { 'tasks/get': () => ({ taskId: 't', pollIntervalMs: 20, ...states[Math.min(polls++, 1)] }), 'tasks/update': {} })
    await using bench = await createBench([two])
    const asked: string[] = []
    const onServerRequest = async (method: string): Promise<JsonText> => {
      asked.push(method)
      return '{"action":"accept"}' as JsonText
    }
    expect(await bench.call('tools/call', { name: 'two__job' }, { onServerRequest })).toEqual({ content: [] })
    expect(asked).toEqual(['elicitation/create'])
    expect(paramsOf(two.calls.find(({ method }) => method === 'tasks/update'))).toMatchObject({ taskId: 't', inputResponses: { k: { action: 'accept' } } })
  })

  it('gets the result of a legacy tool that only runs as a task', async () => {
    const one = server('one', 'legacy', { 'tasks/result': { content: [] } }, 'required')
    await using bench = await createBench([one])
    expect(await bench.call('tools/call', { name: 'one__job' })).toEqual({ content: [] })
    expect(paramsOf(one.calls.find(({ method }) => method === 'tools/call'))).toMatchObject({ name: 'job', task: {} })
  })

  it('cancels the task with its call', async () => {
    const two = server('two', 'modern')
    await using bench = await createBench([two])
    const stop = new AbortController()
    const call = bench.call('tools/call', { name: 'two__job' }, { signal: stop.signal })
    await expect.poll(() => methods(two).at(-1)).toBe('tasks/get')
    stop.abort()
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => methods(two)).toContain('tasks/cancel')
  })

  it('is told by a modern client’s error what a task method needs', async () => {
    await using bench = await createBench([server('two', 'modern')])
    await expect(bench.call('tasks/get', { taskId: 'x' }, { era: 'modern' })).rejects.toMatchObject({ code: -32021 })
    await expect(bench.call('tasks/list', DECLARED, { era: 'modern' })).rejects.toMatchObject({ code: -32601 })
  })
})

describe('tasks of a modern client at a legacy server', () => {
  it('show a failed task with its error, and one whose tool failed as completed', async () => {
    const one = server('one', 'legacy', { 'tasks/get': { taskId: 't', ...facts, status: 'failed', ttl: null }, 'tasks/result': () => Promise.reject(new RpcError(-32603, 'broken')) })
    await using bench = await createBench([one])
    const taskId = taskIdOf(await bench.call('tools/call', { name: 'one__job', ...DECLARED }, { era: 'modern' }))
    expect(await bench.call('tasks/get', { taskId, ...DECLARED }, { era: 'modern' })).toMatchObject({ resultType: 'complete', taskId, status: 'failed', error: { code: -32603, message: 'broken' }, ttlMs: null })
    one.answers['tasks/result'] = { content: [], isError: true }
    const again = taskIdOf(await bench.call('tools/call', { name: 'one__job', ...DECLARED }, { era: 'modern' }))
    expect(await bench.call('tasks/get', { taskId: again, ...DECLARED }, { era: 'modern' })).toMatchObject({ status: 'completed', result: { resultType: 'complete', isError: true } })
  })

  it('does not exist where no server has tasks', async () => {
    const plain = createScriptedUpstream({ id: 'plain', answers: { 'tools/list': { tools: [] } } })
    plain.becomeReady()
    await using bench = await createBench([plain])
    await expect(bench.call('tasks/get', { taskId: 'x', ...DECLARED }, { era: 'modern' })).rejects.toMatchObject({ code: -32601 })
    await expect(bench.call('tasks/list', {}, { owner: {} })).rejects.toMatchObject({ code: -32601 })
  })
})
