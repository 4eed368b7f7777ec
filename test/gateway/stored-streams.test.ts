import { get, type IncomingMessage } from 'node:http'
import fc from 'fast-check'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { createRuns } from '../../src/core/runs/index.ts'
import { toJsonText } from '../../src/lib/json-text.ts'
import { createMemoryResponses, createMemoryRuns, type ResponseStore, type RunStore } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { foldResponse, numbersOf, printed, readEvents, type ResponseEvent } from '../support/fold-response.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { defineProvider, startModelGateway, type ModelGateway, type ModelGatewayOptions } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'
import '../support/seed-properties.ts'

let sim: ProviderSimulator
let tools: McpGateway
let gateway: ModelGateway
let store: ResponseStore
let runs: RunStore
let ann: OpenAI
let bob: OpenAI

async function start(options: Partial<ModelGatewayOptions> = {}): Promise<void> {
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url), defineProvider('native', sim.url, { dialects: ['openai-responses'] })],
    principals: ['ann', 'bob'],
    settings: { maxAttempts: 1 },
    store,
    runs,
    wrap: (exchanges) => createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: runs, events: createEvents(silentLogger, createMetrics()), logger: silentLogger }).exchanges,
    ...options,
  })
  ann = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-ann-0000', maxRetries: 0 })
  bob = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-bob-0000', maxRetries: 0 })
}

async function restart(options: Partial<ModelGatewayOptions> = {}): Promise<void> {
  await gateway[Symbol.asyncDispose]()
  await start(options)
}

beforeEach(async () => {
  store = createMemoryResponses()
  runs = createMemoryRuns()
  sim = await createProviderSimulator()
  tools = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })
  await start()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
  await sim.close()
})

const TEXT = 'One two three four five six seven eight.'
const create = (fields: object = {}): Promise<OpenAI.Responses.Response> => ann.responses.create({ model: 'chat/some', input: 'Hello', ...fields }) as Promise<OpenAI.Responses.Response>
const stream = async (fields: object = {}): Promise<AsyncIterable<ResponseEvent>> => ann.responses.create({ model: 'chat/some', input: 'Hello', stream: true, ...fields })
const retrieve = async (id: string, after?: number, most?: number): Promise<readonly ResponseEvent[]> =>
  readEvents(await ann.responses.retrieve(id, { stream: true, ...(after === undefined ? {} : { starting_after: after }) }), most)
const idOf = (events: readonly ResponseEvent[]): string => (events[0]?.type === 'response.created' ? events[0].response.id : '')
const statusOf = (asked: Promise<unknown>): Promise<unknown> => asked.then(() => 'answered', (error: unknown) => (error instanceof OpenAI.APIError ? [error.status, error.param ?? null] : error))
const lastOf = (events: readonly ResponseEvent[]): unknown => {
  const last = events.at(-1)
  return last && 'response' in last ? last.response : undefined
}

/** A run with two calls of the gateway's tools and words before and after. */
function scriptRun(intervalMs = 0): void {
  sim.script({ tools: [{ name: 'demo__add', arguments: '{"a":2,"b":3}' }, { name: 'demo__echo', arguments: '{"wrong":true}' }], intervalMs }, { reasoning: 'Let me see.', text: TEXT, intervalMs })
}

describe('the events of a response that has ended', () => {
  it.each([false, true])('are made again from its record (stream: %s)', async (wasStream) => {
    sim.script({ reasoning: 'Let me see.', text: TEXT, tools: [], outputTokens: 9 })
    const made = wasStream ? await ann.responses.stream({ model: 'chat/some', input: 'Hello' }).finalResponse() : await create()
    const events = await retrieve(made.id)
    expect(numbersOf(events)).toEqual(events.map((_, index) => index))
    expect(printed(events)).toBe(TEXT)
    const folded = await foldResponse(events)
    expect(folded).toMatchObject({ id: made.id, status: 'completed', output_text: TEXT })
    expect(lastOf(events)).toEqual(await ann.responses.retrieve(made.id).then(({ output_text: _text, ...rest }) => rest))
  })

  it('are the rest of it after any of them', async () => {
    scriptRun()
    const made = await create({ model: 'chat/some+tools:demo' })
    const whole = await retrieve(made.id)
    for (const cut of whole.keys()) expect(await retrieve(made.id, cut)).toEqual(whole.slice(cut + 1))
    expect(await retrieve(made.id, 1_000)).toMatchObject([{ type: 'response.completed', sequence_number: 1_001 }])
  })

  it('are what the SDK streams of a response that is there', async () => {
    scriptRun()
    const made = await create({ model: 'chat/some+tools:demo' })
    const seen: ResponseEvent[] = []
    const replayed = ann.responses.stream({ response_id: made.id, starting_after: 3 })
    for await (const event of replayed) seen.push(event)
    expect(seen[0]?.sequence_number).toBe(4)
    expect((await replayed.finalResponse()).output).toMatchObject(made.output)
  })

  it('end as the response did: failed, cancelled', async () => {
    sim.script({ fault: 'status', status: 500 }, { fault: 'hang' })
    const failed = await create({ background: true })
    expect((await retrieve(failed.id)).at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed', error: { code: 'server_error' } } })
    const hanging = await create({ background: true })
    const reading = retrieve(hanging.id)
    await ann.responses.cancel(hanging.id)
    expect((await reading).at(-1)).toMatchObject({ type: 'response.incomplete', response: { id: hanging.id, status: 'cancelled' } })
    expect((await retrieve(hanging.id)).at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } })
  })

  it('are an honest error where nobody works on it any more', async () => {
    const made = await create()
    const found = await store.find(made.id)
    if (!found) throw new Error('not stored')
    await store.save({ ...found, id: 'resp_orphan', status: 'in_progress', body: toJsonText({ id: 'resp_orphan', status: 'in_progress', output: [] }) })
    expect(await statusOf(retrieve('resp_orphan'))).toEqual([502, null])
  })

  it('are nobody else’s, and asked for with a number', async () => {
    const made = await create()
    expect(await statusOf(Promise.resolve(bob.responses.retrieve(made.id, { stream: true })))).toEqual([404, null])
    expect(await statusOf(Promise.resolve(ann.responses.retrieve('resp_never', { stream: true })))).toEqual([404, null])
    for (const wrong of ['x', '-1', '1.5', '']) {
      const answer = await fetch(`${gateway.url}/responses/${made.id}?stream=true&starting_after=${wrong}`, { headers: { authorization: 'Bearer sk-ann-0000' } })
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: 'starting_after', type: 'invalid_request_error' } }])
    }
  })
})

describe('a background run that is streamed', () => {
  it('is told as it comes, and again to whoever asks', async () => {
    scriptRun()
    const made = await ann.responses.create({ model: 'chat/some+tools:demo', input: 'Hello', background: true, stream: true }).withResponse()
    expect(made.request_id).toMatch(/^req_/)
    const live = await readEvents(made.data)
    expect(live.slice(0, 3).map(({ type }) => type)).toEqual(['response.created', 'response.queued', 'response.in_progress'])
    expect(live[0]).toMatchObject({ response: { status: 'queued', background: true, output: [] } })
    expect(numbersOf(live)).toEqual(live.map((_, index) => index))
    expect(live.filter(({ type }) => type === 'response.output_text.delta').length).toBeGreaterThan(3)
    const asked = await ann.responses.retrieve(idOf(live), { stream: true }).withResponse()
    expect([asked.request_id?.startsWith('req_'), asked.response.headers.get('content-type')]).toEqual([true, 'text/event-stream; charset=utf-8'])
    expect(await readEvents(asked.data)).toEqual(live)
    const { output_text: text, ...stored } = await ann.responses.retrieve(idOf(live))
    expect(text).toBe(TEXT)
    expect(stored.usage?.total_tokens).toBeGreaterThan(0)
    expect(lastOf(live)).toEqual(stored)
    expect((await foldResponse(live)).output).toMatchObject(stored.output)
  })

  it('goes on when its client leaves, and several come back to it', async () => {
    scriptRun(20)
    const before = await readEvents(await stream({ model: 'chat/some+tools:demo', background: true }), 6)
    const id = idOf(before)
    const resumed = await Promise.all([retrieve(id, 5), retrieve(id, 5), retrieve(id)])
    expect(resumed[1]).toEqual(resumed[0])
    expect([...before, ...resumed[0]]).toEqual(resumed[2])
    expect(printed(resumed[2])).toBe(TEXT)
    expect(sim.requests.every(({ abortedAt }) => abortedAt === undefined)).toBe(true)
    expect(sim.requests).toHaveLength(2)
  })

  it('is the same response wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 45 }), fc.integer({ min: 1, max: 20 }), fc.boolean(), async (first, second, hasTools) => {
        if (hasTools) scriptRun(1)
        else sim.script({ reasoning: 'Let me see.', text: TEXT, intervalMs: 1 })
        const model = hasTools ? 'chat/some+tools:demo' : 'chat/some'
        const before = await readEvents(await stream({ model, background: true }), first)
        const id = idOf(before)
        const between = await retrieve(id, before.at(-1)?.sequence_number, second)
        const after = await retrieve(id, (between.at(-1) ?? before.at(-1))?.sequence_number)
        const whole = await retrieve(id)
        expect([...before, ...between, ...after]).toEqual(whole)
        expect(await foldResponse([...before, ...between, ...after])).toEqual(await foldResponse(whole))
        expect(printed(whole)).toBe(TEXT)
      }),
      { numRuns: 25 },
    )
  })

  it('fails in the words of a response when its provider breaks off', async () => {
    sim.script({ text: TEXT, fault: 'cut', after: 4 })
    const live = await readEvents(await stream({ background: true }))
    expect(live.at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed' } })
    expect(await retrieve(idOf(live))).toEqual(live)
    expect(await ann.responses.retrieve(idOf(live))).toMatchObject({ status: 'failed' })
  })

  it.each([
    { fault: 'status', status: 429 },
    { fault: 'reset-after-headers' },
    { fault: 'json-instead' },
    { fault: 'empty' },
    { text: TEXT, fault: 'eof', after: 3 },
    { text: TEXT, fault: 'malformed', after: 3 },
    { text: TEXT, fault: 'error-event', after: 3 },
    { text: TEXT, finish: 'length' },
  ] as const)('ends once, and as it is on record: %j', async (script) => {
    sim.script(script)
    const live = await readEvents(await stream({ background: true }))
    const stored = await ann.responses.retrieve(idOf(live))
    expect(live.filter(({ type }) => /^response\.(?:completed|incomplete|failed)$/.test(type))).toEqual([live.at(-1)])
    expect(live.at(-1)).toMatchObject({ type: `response.${stored.status}`, response: { id: stored.id, status: stored.status, output: stored.output } })
    expect(await retrieve(stored.id)).toEqual(live)
  })

  it('has one id, whoever answers in the end', async () => {
    await restart({ fallbacks: { mixed: ['chat/some', 'native/some'] }, settings: { maxAttempts: 2, backoffBaseMs: 1 } })
    sim.script({ fault: 'status', status: 500 }, { text: TEXT })
    const live = await readEvents(await stream({ model: 'mixed', background: true }))
    const ids = live.flatMap((event) => ('response' in event ? [event.response.id] : []))
    expect(new Set(ids)).toEqual(new Set([idOf(live)]))
    expect(sim.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/responses'])
    expect(await foldResponse(live)).toMatchObject({ output_text: TEXT, background: true, status: 'completed' })
    expect(await retrieve(idOf(live))).toEqual(live)
  })

  it('is not held up by a reader that takes nothing', async () => {
    const text = 'word '.repeat(600_000)
    sim.script({ text, chunks: 60 })
    const created = await readEvents(await stream({ background: true }), 1)
    const id = idOf(created)
    const slow = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${gateway.url}/responses/${id}?stream=true`, { headers: { authorization: 'Bearer sk-ann-0000' } }, resolve).once('error', reject)
    })
    let stored = await ann.responses.retrieve(id)
    while (stored.status === 'queued' || stored.status === 'in_progress') stored = await ann.responses.retrieve(id)
    expect(stored).toMatchObject({ status: 'completed', output_text: text })
    slow.destroy()
  })

  it('that is not stored is refused', async () => {
    expect(await statusOf(stream({ background: true, store: false }))).toEqual([400, 'store'])
  })
})

describe('a background run that is not streamed', () => {
  it('is told to its readers when it has ended', async () => {
    scriptRun(5)
    const queued = await create({ model: 'chat/some+tools:demo', background: true })
    const events = await retrieve(queued.id)
    expect(numbersOf(events)).toEqual(events.map((_, index) => index))
    expect(await foldResponse(events)).toMatchObject({ id: queued.id, status: 'completed', output_text: TEXT })
    expect(await retrieve(queued.id, 2)).toEqual(events.slice(3))
  })
})

describe('what was told and is not known any more', () => {
  const expectOnlyTheEnd = async (id: string, live: readonly ResponseEvent[], cut: number): Promise<void> => {
    const rest = await retrieve(id, cut)
    expect(rest).toMatchObject([{ type: 'response.completed', response: { id, status: 'completed' } }])
    expect(rest[0]?.sequence_number).toBeGreaterThan(cut)
    const seen = [...live.slice(0, cut + 1), ...rest]
    expect((await foldResponse(seen)).output).toEqual((await foldResponse(live)).output)
  }

  it('is only the end for who comes back with its numbers after a restart, and everything for who begins', async () => {
    scriptRun()
    const live = await readEvents(await stream({ model: 'chat/some+tools:demo', background: true }))
    const id = idOf(live)
    await restart()
    for (const cut of [0, 2, 7, 20, live.length - 2]) await expectOnlyTheEnd(id, live, cut)
    const again = await retrieve(id)
    expect(printed(again)).toBe(TEXT)
    expect((await foldResponse(again)).output).toEqual((await foldResponse(live)).output)
    const cut = again[9]?.sequence_number
    expect(await retrieve(id, cut)).toEqual(again.slice(10))
  })

  it('is so when it became too much to keep', async () => {
    await restart({ responses: { eventBytes: 4_000 } })
    scriptRun()
    const live = await readEvents(await stream({ model: 'chat/some+tools:demo', background: true }))
    expect((await foldResponse(live)).output_text).toBe(TEXT)
    const again = await retrieve(idOf(live))
    expect((await foldResponse(again)).output_text).toBe(TEXT)
  })

  it('is so some time after its end', async () => {
    await restart({ responses: { eventsMs: 0 } })
    scriptRun()
    const live = await readEvents(await stream({ model: 'chat/some+tools:demo', background: true }))
    await expectOnlyTheEnd(idOf(live), live, 9)
  })

  it('is so for a run that goes on after a restart', async () => {
    sim.script({ text: TEXT, fault: 'stall', after: 6 }, { text: TEXT, intervalMs: 10 })
    const live = await readEvents(await stream({ background: true }), 7)
    await restart()
    const id = idOf(live)
    const [rest, again] = await Promise.all([retrieve(id, live.at(-1)?.sequence_number), retrieve(id)])
    expect(rest).toMatchObject([{ type: 'response.completed' }])
    expect(await foldResponse([...live, ...rest])).toMatchObject({ id, output_text: TEXT })
    expect(await foldResponse(again)).toMatchObject({ id, output_text: TEXT })
    expect(printed(again)).toBe(TEXT)
    expect(numbersOf(again)[0]).toBe(1_000_000)
    await until(() => sim.requests.length === 2, 'it was asked again')
  })
})

describe('the events of a response that a provider has', () => {
  it('are asked for there', async () => {
    const made = await create({ model: 'native/some' })
    await retrieve(made.id, 3).catch(() => [])
    expect(sim.requests.at(-1)?.path).toBe(`/v1/responses/${made.id}?stream=true&starting_after=3`)
  })
})
