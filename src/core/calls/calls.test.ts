import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import type { PrincipalId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { JsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { createEvents, createMetrics, silentLogger, type CallSettled, type Events } from '../../telemetry/index.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { createCatalog, viewCatalog, type CatalogFilter } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import type { CallRequest } from './call-request.ts'
import { createCalls, type Calls } from './calls.ts'

const all: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }
const META = 'io.modelcontextprotocol/'

interface Bench extends AsyncDisposable {
  readonly calls: Calls
  readonly settled: CallSettled[]
  call(method: string, params: JsonObject | string, more?: Partial<CallRequest>): Promise<JsonObject>
  text(method: string, params: JsonObject | string, more?: Partial<CallRequest>): Promise<string>
}

async function createBench(upstreams: readonly ScriptedUpstream[], options: { readonly filter?: CatalogFilter; readonly parkedMs?: number; readonly startWaitMs?: number } = {}): Promise<Bench> {
  const settled: CallSettled[] = []
  const events: Events = { ...createEvents(silentLogger, createMetrics()), callSettled: (_logger, facts) => void settled.push(facts) }
  const catalog = createCatalog({ upstreams: () => upstreams, events, logger: silentLogger, naming: 'prefixed', listWaitMs: 200 })
  const calls = createCalls({ upstreams: () => upstreams, events, logger: silentLogger, ...(options.parkedMs ? { parkedMs: options.parkedMs } : {}), startWaitMs: options.startWaitMs ?? 100 })
  const filter = options.filter ?? all
  await catalog.contacted(filter)
  const text: Bench['text'] = (method, params, more = {}) => {
    const written = typeof params === 'string' ? (params as JsonText) : toJsonText(params)
    const view = viewCatalog(catalog.current, LOCAL_PRINCIPAL, filter)
    return calls.call({ view, principal: LOCAL_PRINCIPAL, method, params: written, era: 'legacy', signal: new AbortController().signal, logger: silentLogger, ...more })
  }
  return {
    calls,
    settled,
    text,
    call: async (method, params, more) => parseJsonText((await text(method, params, more)) as JsonText) as JsonObject,
    async [Symbol.asyncDispose]() {
      await calls[Symbol.asyncDispose]()
      await catalog[Symbol.asyncDispose]()
    },
  }
}

function ready(options: Parameters<typeof createScriptedUpstream>[0] = {}): ScriptedUpstream {
  const { answers, ...rest } = options
  const upstream = createScriptedUpstream({
    ...rest,
    answers: {
      'tools/list': { tools: [{ name: 't' }] },
      'prompts/list': { prompts: [{ name: 'p' }] },
      'resources/list': { resources: [{ uri: 'x://r', name: 'r' }] },
      'resources/templates/list': { resourceTemplates: [{ uriTemplate: 'x://t/{id}', name: 't' }] },
      'tools/call': { content: [] },
      ...answers,
    },
  })
  upstream.becomeReady()
  return upstream
}

const last = (upstream: ScriptedUpstream) => upstream.calls.at(-1)

describe('createCalls', () => {
  it('sends arguments as they were written, under the upstream’s name', async () => {
    const one = ready()
    await using bench = await createBench([one])
    await bench.text('tools/call', '{"name":"one__t", "arguments":{"2":1,"1":1e400,"n":12345678901234567890,"z":null}}')
    expect(last(one)?.params).toBe('{"name":"t","arguments":{"2":1,"1":1e400,"n":12345678901234567890,"z":null}}')
  })

  it('gives results as they were written', async () => {
    const result = '{ "content":[{"type":"text","text":"\\u00e9"}], "structuredContent":{"2":1,"1":12345678901234567890}}'
    await using bench = await createBench([ready({ answers: { 'tools/call': result } })])
    expect(await bench.text('tools/call', { name: 'one__t' })).toBe(result)
  })

  it('finds the server of prompts, resources and completions, and exchanges their names', async () => {
    const one = ready({ answers: { 'prompts/get': { messages: [] }, 'resources/read': { contents: [] }, 'completion/complete': { completion: { values: [] } } } })
    await using bench = await createBench([one])
    await bench.call('prompts/get', { name: 'one__p' })
    expect(paramsOf(last(one))).toEqual({ name: 'p' })
    await bench.call('resources/read', { uri: 'x://t/5' })
    expect(paramsOf(last(one))).toEqual({ uri: 'x://t/5' })
    const argument = { name: 'a', value: 'v' }
    await bench.call('completion/complete', { ref: { type: 'ref/prompt', name: 'one__p' }, argument })
    expect(paramsOf(last(one))).toEqual({ ref: { type: 'ref/prompt', name: 'p' }, argument })
    await bench.call('completion/complete', { ref: { type: 'ref/resource', uri: 'x://t/{id}' }, argument })
    expect(paramsOf(last(one))).toEqual({ ref: { type: 'ref/resource', uri: 'x://t/{id}' }, argument })
  })

  it('refuses what is not in the view, naming it', async () => {
    await using bench = await createBench([ready()])
    await expect(bench.call('tools/call', { name: 't' })).rejects.toMatchObject({ code: 'unknown_capability', message: 'Unknown tool: t' })
    await expect(bench.call('tools/call', {})).rejects.toMatchObject({ code: RPC.invalidParams })
    await expect(bench.call('custom/method', {})).rejects.toMatchObject({ code: RPC.methodNotFound })
    await expect(bench.call('completion/complete', { ref: { type: 'ref/other' } })).rejects.toMatchObject({ code: RPC.invalidParams })
    expect(bench.settled).toEqual([])
  })

  it('passes unknown methods to a single server', async () => {
    const one = ready({ answers: { 'custom/method': { fine: true } } })
    await using bench = await createBench([one], { filter: { servers: [one.id], tags: undefined, naming: 'original' } })
    expect(await bench.call('custom/method', { a: 1 })).toEqual({ fine: true })
  })

  it('tells the state, the cause and the next attempt of a server that is not ready', async () => {
    const one = ready()
    await using bench = await createBench([one])
    one.become({ state: 'backing-off', attempt: 2, nextAttemptAt: new Date('2030-01-01T00:00:00Z'), reason: 'exited with code 1' })
    await expect(bench.call('tools/call', { name: 'one__t' })).rejects.toMatchObject({
      code: 'server_unavailable',
      message: 'MCP server `one` is not ready (backing-off): exited with code 1 Next attempt at 2030-01-01T00:00:00.000Z.',
    })
    expect(bench.settled.map(({ outcome }) => outcome)).toEqual(['unavailable'])
  })

  it.each<[string, () => unknown, CallSettled['outcome'], string | undefined]>([
    ['an answer', () => ({ content: [] }), 'answered', undefined],
    ['a tool error', () => ({ content: [], isError: true }), 'tool-error', 'tool_error'],
    ['an error of the server', () => Promise.reject(new RpcError(-32000, 'no')), 'rpc-error', 'rejected'],
    ['a time-out', () => Promise.reject(new GatewayError('upstream_timeout', 'late')), 'timeout', 'timeout'],
    ['a crash', () => Promise.reject(new GatewayError('upstream_interrupted', 'gone')), 'interrupted', 'interrupted'],
    ['a cancel', () => Promise.reject(new GatewayError('cancelled', 'stop')), 'cancelled', 'cancelled'],
    ['a bug', () => Promise.reject(new TypeError('oops')), 'failed', 'unexpected'],
  ])('reports %s once', async (_what, answer, outcome, errorClass) => {
    await using bench = await createBench([ready({ answers: { 'tools/call': answer as () => JsonObject } })])
    await bench.call('tools/call', { name: 'one__t' }).catch(() => undefined)
    expect(bench.settled).toEqual([{ server: 'one', method: 'tools/call', name: 't', outcome, durationMs: expect.any(Number), errorClass, attempts: 1 }])
  })

  it('hands progress, notifications and questions of a call to its caller', async () => {
    const one = ready({
      answers: {
        'tools/call': async (call) => {
          call.onProgress?.('{"progress":1}' as JsonText)
          call.onServerNotification?.('notifications/message', undefined)
          const answer = await call.onServerRequest?.('sampling/createMessage', undefined)
          return { content: [{ type: 'text', text: answer ?? '' }] }
        },
      },
    })
    await using bench = await createBench([one])
    const seen: unknown[] = []
    const result = await bench.call('tools/call', { name: 'one__t' }, {
      onProgress: (params) => seen.push(params),
      onServerNotification: (method) => seen.push(method),
      onServerRequest: async (method) => {
        seen.push(method)
        return '"fine"' as JsonText
      },
    })
    expect(seen).toEqual(['{"progress":1}', 'notifications/message', 'sampling/createMessage'])
    expect(result).toEqual({ content: [{ type: 'text', text: '"fine"' }] })
  })

  it('rewrites URIs of results where they would lead astray, and nothing else', async () => {
    const result = {
      content: [{ type: 'resource_link', uri: 'x://r', name: 'r' }, { type: 'resource', resource: { uri: 'x://r', text: 'x://r' } }, { type: 'text', text: '"uri":"x://r"' }],
    }
    const [one, two] = [ready(), ready({ id: 'two', answers: { 'tools/call': result, 'resources/read': { contents: [{ uri: 'x://r', text: '' }] } } })]
    await using bench = await createBench([one, two])
    const routed = 'trunkline://servers/two/x://r'
    const called = await bench.call('tools/call', { name: 'two__t' })
    expect(called).toEqual({
      content: [{ type: 'resource_link', uri: routed, name: 'r' }, { type: 'resource', resource: { uri: routed, text: 'x://r' } }, { type: 'text', text: '"uri":"x://r"' }],
    })
    expect(await bench.call('resources/read', { uri: routed })).toEqual({ contents: [{ uri: routed, text: '' }] })
    expect(paramsOf(last(two))).toEqual({ uri: 'x://r' })
  })
})

describe('a modern client in front of a legacy server', () => {
  const modern = (capabilities: JsonObject = {}) => ({ [`${META}protocolVersion`]: '2026-07-28', [`${META}clientCapabilities`]: capabilities })
  const asking = (method: string) => ready({ answers: { 'tools/call': async (call) => ({ content: [{ type: 'text', text: (await call.onServerRequest?.(method, '{"q":1}' as JsonText)) ?? '' }] }) } })
  const params = (more: JsonObject = {}, capabilities: JsonObject = { elicitation: {} }) => ({ name: 'one__t', arguments: { a: 1 }, _meta: modern(capabilities), ...more })

  it('gets what its era demands', async () => {
    const one = ready({ answers: { 'tools/call': '{}', 'resources/read': { contents: [] } } })
    await using bench = await createBench([one])
    expect(await bench.text('tools/call', params(), { era: 'modern' })).toBe('{"resultType":"complete"}')
    expect(await bench.call('resources/read', { uri: 'x://r' }, { era: 'modern' })).toEqual({ resultType: 'complete', ttlMs: 0, cacheScope: 'private', contents: [] })
  })

  it('is told of a missing resource in the words of its era', async () => {
    const one = ready({ answers: { 'resources/read': () => Promise.reject(new RpcError(-32002, 'Resource not found')) } })
    await using bench = await createBench([one])
    await expect(bench.call('resources/read', { uri: 'x://r' }, { era: 'modern' })).rejects.toMatchObject({ code: -32602, data: '{"uri":"x://r"}' })
    await expect(bench.call('resources/read', { uri: 'x://r' })).rejects.toMatchObject({ code: -32002 })
  })

  it('answers a parked question by calling again', async () => {
    await using bench = await createBench([asking('elicitation/create')])
    const asked = await bench.call('tools/call', params(), { era: 'modern' })
    expect(asked).toMatchObject({ resultType: 'input_required', inputRequests: { q1: { method: 'elicitation/create', params: { q: 1 } } } })
    const retry = params({ requestState: asked['requestState'] ?? null, inputResponses: { q1: { action: 'accept' } } })
    expect(await bench.call('tools/call', retry, { era: 'modern' })).toEqual({ resultType: 'complete', content: [{ type: 'text', text: '{"action":"accept"}' }] })
  })

  it('hears progress of its call in the round in which it comes', async () => {
    const one = ready({
      answers: {
        'tools/call': async (call) => {
          call.onProgress?.('1' as JsonText)
          await call.onServerRequest?.('elicitation/create', undefined)
          call.onProgress?.('2' as JsonText)
          return { content: [] }
        },
      },
    })
    await using bench = await createBench([one])
    const heard: string[] = []
    const asked = await bench.call('tools/call', params(), { era: 'modern', onProgress: (progress) => heard.push(`first ${progress}`) })
    const retry = params({ requestState: asked['requestState'] ?? null, inputResponses: { q1: {} } })
    await bench.call('tools/call', retry, { era: 'modern', onProgress: (progress) => heard.push(`second ${progress}`) })
    expect(heard).toEqual(['first 1', 'second 2'])
  })

  it('is asked again for what it left out, and an old state opens nothing', async () => {
    await using bench = await createBench([asking('elicitation/create')])
    const first = await bench.call('tools/call', params(), { era: 'modern' })
    const again = await bench.call('tools/call', params({ requestState: first['requestState'] ?? null, inputResponses: { other: {} } }), { era: 'modern' })
    expect(again).toMatchObject({ resultType: 'input_required', inputRequests: { q1: {} } })
    expect(again['requestState']).not.toBe(first['requestState'])
    await expect(bench.call('tools/call', params({ requestState: first['requestState'] ?? null, inputResponses: { q1: {} } }), { era: 'modern' })).rejects.toMatchObject({ code: -32602 })
  })

  it.each<[string, JsonObject, Partial<CallRequest>]>([
    ['another principal', {}, { principal: { ...LOCAL_PRINCIPAL, id: 'mallory' as PrincipalId } }],
    ['other arguments', { arguments: { a: 2 } }, {}],
    ['a changed state', { requestState: 'trunkline-parked.forged' }, {}],
  ])('cannot go on with %s', async (_what, change, more) => {
    await using bench = await createBench([asking('elicitation/create')])
    const asked = await bench.call('tools/call', params(), { era: 'modern' })
    const retry = params({ requestState: asked['requestState'] ?? null, inputResponses: { q1: {} }, ...change })
    await expect(bench.call('tools/call', retry, { era: 'modern', ...more })).rejects.toMatchObject({ code: -32602 })
  })

  it('that cannot be asked is refused to the server', async () => {
    await using bench = await createBench([asking('sampling/createMessage')])
    await expect(bench.call('tools/call', params(), { era: 'modern' })).rejects.toMatchObject({ code: RPC.methodNotFound, message: expect.stringContaining('sampling') })
  })

  it('that never comes back cancels the question and then the call', async () => {
    const seen = Promise.withResolvers<string>()
    const ended = Promise.withResolvers<void>()
    const one = ready({
      answers: {
        'tools/call': async (call) => {
          call.signal.addEventListener('abort', () => ended.resolve())
          seen.resolve((await call.onServerRequest?.('elicitation/create', undefined)) ?? '')
          return { content: [] }
        },
      },
    })
    await using bench = await createBench([one], { parkedMs: 40 })
    await bench.call('tools/call', params(), { era: 'modern' })
    expect(await seen.promise).toBe('{"action":"cancel"}')
    await ended.promise
  })

  it('that leaves while its call runs cancels it', async () => {
    const one = ready({
      answers: { 'tools/call': (call) => new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(new GatewayError('cancelled', 'stop')))) },
    })
    await using bench = await createBench([one])
    const controller = new AbortController()
    const running = bench.call('tools/call', params(), { era: 'modern', signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('gets a required URL as a question', async () => {
    const data = toJsonText({ elicitations: [{ mode: 'url', url: 'https://example.com', message: 'Sign in', elicitationId: 'e1' }] })
    await using bench = await createBench([ready({ answers: { 'tools/call': () => Promise.reject(new RpcError(-32042, 'URL elicitation required', data)) } })])
    expect(await bench.call('tools/call', params(), { era: 'modern' })).toEqual({
      resultType: 'input_required',
      inputRequests: { url1: { method: 'elicitation/create', params: { mode: 'url', url: 'https://example.com', message: 'Sign in' } } },
    })
  })
})

describe('a legacy client in front of a modern server', () => {
  it('is asked what the server asks, and the call is sent again with the answers and the exact state', async () => {
    const one = ready({
      era: 'modern',
      answers: {
        'tools/call': (call) => {
          const { inputResponses, requestState } = paramsOf(call)
          if (inputResponses === undefined) return { resultType: 'input_required', requestState: 'é"1', inputRequests: { k: { method: 'elicitation/create', params: { m: 1 } } } }
          return { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify({ inputResponses, requestState }) }] }
        },
      },
    })
    await using bench = await createBench([one])
    const result = await bench.call('tools/call', { name: 'one__t' }, { clientCapabilities: '{"elicitation":{}}' as JsonText, onServerRequest: async (method, asked) => `{"asked":"${method}","with":${asked}}` as JsonText })
    const [block] = result['content'] as readonly { text: string }[]
    expect(JSON.parse(block?.text ?? '')).toEqual({ inputResponses: { k: { asked: 'elicitation/create', with: { m: 1 } } }, requestState: 'é"1' })
    expect(paramsOf(last(one))).toMatchObject({ name: 't', _meta: { [`${META}clientCapabilities`]: { elicitation: {} } } })
  })

  it('that refuses ends the call with its error', async () => {
    const one = ready({ era: 'modern', answers: { 'tools/call': { resultType: 'input_required', inputRequests: { k: { method: 'sampling/createMessage' } } } } })
    await using bench = await createBench([one])
    const refuse = async () => Promise.reject(new RpcError(-1, 'User rejected'))
    await expect(bench.call('tools/call', { name: 'one__t' }, { onServerRequest: refuse })).rejects.toMatchObject({ code: -1 })
    await expect(bench.call('tools/call', { name: 'one__t' })).rejects.toMatchObject({ code: RPC.internalError })
  })

  it('is not asked for ever', async () => {
    const one = ready({ era: 'modern', answers: { 'tools/call': { resultType: 'input_required', requestState: 's' } } })
    await using bench = await createBench([one])
    await expect(bench.call('tools/call', { name: 'one__t' }, { onServerRequest: async () => '{}' as JsonText })).rejects.toThrow(/more than 10 times/)
  })
})

describe('resource subscriptions', () => {
  const subscribable = () => ready({ capabilities: { tools: {}, resources: { subscribe: true } }, answers: { 'resources/subscribe': {}, 'resources/unsubscribe': {} } })

  it('are made at the server by the first and ended by the last', async () => {
    const one = subscribable()
    await using bench = await createBench([one], { filter: { servers: [one.id], tags: undefined, naming: 'original' } })
    const snapshot = { generation: 1, servers: [], missing: [], configured: [{ server: one.id, tags: new Set<string>() }], presets: new Map() }
    const view = viewCatalog(snapshot, LOCAL_PRINCIPAL, { servers: [one.id], tags: undefined, naming: 'original' })
    const told: string[] = []
    const [a, b] = ['a', 'b'].map((name) => ({ updated: (_server: string, uri: string) => void told.push(`${name} ${uri}`) }))
    if (!a || !b) throw new Error('two subscribers')
    const subscription = { view, era: 'legacy', params: toJsonText({ uri: 'x://r' }) } as const
    await bench.calls.subscribe(a, subscription)
    await bench.calls.subscribe(b, subscription)
    const methods = () => one.calls.map(({ method }) => method).filter((method) => method.includes('subscribe'))
    expect(methods()).toEqual(['resources/subscribe'])
    one.emit({ kind: 'resource-updated', params: toJsonText({ uri: 'x://r' }) })
    one.emit({ kind: 'resource-updated', params: toJsonText({ uri: 'x://other' }) })
    expect(told).toEqual(['a x://r', 'b x://r'])
    bench.calls.unsubscribe(a, subscription)
    one.emit({ kind: 'resource-updated', params: toJsonText({ uri: 'x://r' }) })
    expect(told).toEqual(['a x://r', 'b x://r', 'b x://r'])
    // A restarted server knows nothing of us.
    one.becomeReady()
    await expect.poll(methods).toEqual(['resources/subscribe', 'resources/subscribe'])
    bench.calls.drop(b)
    await expect.poll(methods).toEqual(['resources/subscribe', 'resources/subscribe', 'resources/unsubscribe'])
  })

  it('that the server refuses are refused, and not remembered', async () => {
    const one = subscribable()
    one.answers['resources/subscribe'] = () => Promise.reject(new RpcError(-32602, 'no such thing'))
    const filter = { servers: [one.id], tags: undefined, naming: 'original' } as const
    await using bench = await createBench([one], { filter })
    const view = viewCatalog({ generation: 1, servers: [], missing: [], configured: [{ server: one.id, tags: new Set() }], presets: new Map() }, LOCAL_PRINCIPAL, filter)
    const told: string[] = []
    const subscriber = { updated: () => void told.push('told') }
    await expect(bench.calls.subscribe(subscriber, { view, era: 'legacy', params: toJsonText({ uri: 'x://r' }) })).rejects.toMatchObject({ code: -32602 })
    one.emit({ kind: 'resource-updated', params: toJsonText({ uri: 'x://r' }) })
    expect(told).toEqual([])
  })
})
