import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { createMemoryResponses, openStorage } from '../../src/storage/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
const sdkOf = (name: string): OpenAI => new OpenAI({ baseURL: gateway.url, apiKey: `sk-${name}-0000`, maxRetries: 0 })
let ann: OpenAI
let bob: OpenAI

const providers = (): ReturnType<typeof defineProvider>[] => [
  defineProvider('native', sim.url, { dialects: ['openai-responses'] }),
  defineProvider('other', sim.url, { dialects: ['openai-responses'] }),
  defineProvider('chat', sim.url),
]

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({ providers: providers(), principals: ['ann', 'bob'], settings: { maxAttempts: 1 } })
  ann = sdkOf('ann')
  bob = sdkOf('bob')
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const statusOf = (asked: Promise<unknown>): Promise<unknown> => asked.then(() => 'answered', (error: unknown) => (error instanceof OpenAI.APIError ? [error.status, error.code ?? null] : error))

describe.each(['native', 'chat'])('stored responses of %s', (provider) => {
  const create = (fields: object = {}): Promise<OpenAI.Responses.Response> => ann.responses.create({ model: `${provider}/echo`, input: 'Hello', ...fields }) as Promise<OpenAI.Responses.Response>

  it('can be asked for, listed and deleted', async () => {
    const made = await create()
    expect(await ann.responses.retrieve(made.id)).toMatchObject({ id: made.id, status: 'completed', output: [{ type: 'message', content: [{ text: 'You said: Hello' }] }] })
    const items = await ann.responses.inputItems.list(made.id)
    expect(items.data).toMatchObject([{ role: 'user', content: [{ text: 'Hello' }] }])
    await ann.responses.delete(made.id)
    expect(await statusOf(ann.responses.retrieve(made.id))).toMatchObject([404, expect.anything()])
    expect(await statusOf(create({ previous_response_id: made.id }))).toEqual([400, 'previous_response_not_found'])
  })

  it('are there as soon as a stream has ended', async () => {
    const made = await ann.responses.stream({ model: `${provider}/echo`, input: 'Hello' }).finalResponse()
    expect(await ann.responses.retrieve(made.id)).toMatchObject({ id: made.id, status: 'completed' })
  })

  it('do not exist for anybody else', async () => {
    const made = await create()
    const asked = sim.requests.length
    const notThere = await statusOf(bob.responses.retrieve('resp_never'))
    for (const ask of [bob.responses.retrieve(made.id), bob.responses.delete(made.id), bob.responses.cancel(made.id), bob.responses.inputItems.list(made.id)]) {
      expect(await statusOf(Promise.resolve(ask))).toEqual(notThere)
    }
    expect(await statusOf(bob.responses.create({ model: `${provider}/echo`, input: 'And?', previous_response_id: made.id }))).toEqual([400, 'previous_response_not_found'])
    expect(await statusOf(bob.responses.inputTokens.count({ model: `${provider}/echo`, input: 'And?', previous_response_id: made.id }))).toEqual([400, 'previous_response_not_found'])
    expect(sim.requests.length).toBe(asked)
    expect(await ann.responses.retrieve(made.id)).toMatchObject({ id: made.id })
  })

  it('are not kept when the client does not want it', async () => {
    const made = await create({ store: false })
    expect(await statusOf(ann.responses.retrieve(made.id))).toMatchObject([404, expect.anything()])
  })

  it('go on for several turns', async () => {
    const first = await create({ input: 'One' })
    const second = await create({ input: 'Two', previous_response_id: first.id })
    await create({ input: 'Three', previous_response_id: second.id })
    const sent = JSON.parse(sim.requests.at(-1)?.body.toString('utf8') ?? '{}') as { messages: { role: string; content: string }[]; previous_response_id?: string }
    const listed = await ann.responses.inputItems.list(second.id, { order: 'asc' })
    expect(listed.data.map((item) => JSON.stringify(item)).join()).toMatch(/One.*You said: One.*Two/)
    if (provider === 'native') return expect(sent.previous_response_id).toBe(second.id)
    expect(sent.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'One'],
      ['assistant', 'You said: One'],
      ['user', 'Two'],
      ['assistant', 'You said: Two'],
      ['user', 'Three'],
    ])
  })

  it('run in the background', async () => {
    sim.script(provider === 'native' ? { text: 'Done at last.', backgroundMs: 3_000 } : { text: 'Done at last.', ttftMs: 150 })
    const queued = await create({ background: true })
    expect(queued).toMatchObject({ status: 'queued', background: true, output: [] })
    expect(await endOf(ann, queued.id)).toMatchObject({ id: queued.id, status: 'completed', background: true, output: [{ content: [{ text: 'Done at last.' }] }] })
    expect(await statusOf(create({ input: 'And?', previous_response_id: queued.id }))).toBe('answered')
  })

  it('are cancelled in the background', async () => {
    sim.script(provider === 'native' ? { backgroundMs: 60_000 } : { fault: 'hang' })
    const queued = await create({ background: true })
    const cancelled = await ann.responses.cancel(queued.id)
    expect(cancelled).toMatchObject({ id: queued.id, status: 'cancelled' })
    expect(await ann.responses.retrieve(queued.id)).toMatchObject({ status: 'cancelled' })
    if (provider === 'chat') await until(() => sim.requests.every(({ abortedAt, finishedAt }) => abortedAt !== undefined || finishedAt !== undefined), 'the provider was let go')
  })

  it('are not cancelled in the foreground', async () => {
    const made = await create()
    expect(await statusOf(ann.responses.cancel(made.id))).toMatchObject([400, null])
  })
})

describe('stored responses', () => {
  it('LT-K07 go on with results only of calls that were made', async () => {
    const made = await ann.responses.create({ model: 'chat/echo', input: 'Hello' })
    const result = { type: 'function_call_output' as const, call_id: 'nobody', output: 'x' }
    expect(await statusOf(ann.responses.create({ model: 'chat/echo', input: [result], previous_response_id: made.id }))).toEqual([400, null])
  })

  it('stay with the provider that has them', async () => {
    const made = await ann.responses.create({ model: 'native/echo', input: 'Hello' })
    const error: unknown = await ann.responses.create({ model: 'other/echo', input: 'And?', previous_response_id: made.id }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 400, param: 'model' })
    expect(String(error)).toContain('`native`')
  })

  it('of the gateway go along to a provider of Responses, without ids and foreign seals', async () => {
    sim.script({ reasoning: 'Hm.', text: 'Yes.' })
    const made = await ann.responses.create({ model: 'chat/echo', input: 'Hello' })
    await ann.responses.create({ model: 'native/echo', input: 'And?', previous_response_id: made.id })
    const sent = sim.requests.at(-1)?.body.toString('utf8') ?? ''
    expect(JSON.parse(sent)).toMatchObject({ previous_response_id: null, input: [{ role: 'user' }, { type: 'message', role: 'assistant', content: [{ text: 'Yes.' }] }, { role: 'user' }] })
    expect(sent).not.toMatch(/tl1\.|"id"/)
  })

  it('in the background fail with the words of the provider, and want to be stored', async () => {
    sim.script({ fault: 'status', status: 500 })
    const queued = await ann.responses.create({ model: 'chat/echo', input: 'Go', background: true })
    expect(await endOf(ann, queued.id)).toMatchObject({ status: 'failed', error: { code: 'server_error', message: expect.stringContaining('500') as string } })
    expect(await statusOf(ann.responses.create({ model: 'chat/echo', input: 'Go', background: true, store: false }))).toEqual([400, null])
  })

  it('are paged by their ids', async () => {
    const made = await ann.responses.create({ model: 'chat/echo', input: ['a', 'b', 'c'].map((content) => ({ role: 'user' as const, content })) })
    const texts: string[] = []
    for await (const item of ann.responses.inputItems.list(made.id, { limit: 2, order: 'asc' })) texts.push(JSON.stringify(item))
    expect(texts.map((text) => /"content":"(.)"/.exec(text)?.[1])).toEqual(['a', 'b', 'c'])
    expect(await statusOf(Promise.resolve(ann.responses.inputItems.list(made.id, { limit: 0 })))).toEqual([400, null])
  })
})

describe('what else is below /v1/responses', () => {
  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}${path}`, { method: 'POST', headers: { authorization: 'Bearer sk-ann-0000', 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

  it('LT-P09 a WebSocket is answered 426 at once', async () => {
    const answer = await fetch(`${gateway.url}/responses`, { headers: { authorization: 'Bearer sk-ann-0000' } })
    expect(answer.status).toBe(405)
    const { request } = await import('node:http')
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${gateway.url}/responses`, { headers: { authorization: 'Bearer sk-ann-0000', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' } }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode))
      })
      asked.once('error', reject).once('upgrade', () => resolve(101)).end()
    })
    expect(status).toBe(426)
  })

  it('counts tokens where the provider can', async () => {
    expect(await ann.responses.inputTokens.count({ model: 'native/echo', input: 'Hello' })).toMatchObject({ object: 'response.input_tokens', input_tokens: 11 })
    const { data, response } = await ann.responses.inputTokens.count({ model: 'chat/echo', input: 'Hello' }).withResponse()
    expect([data.object, data.input_tokens > 0, response.headers.get('x-trunkline-token-count')]).toEqual(['response.input_tokens', true, 'estimated'])
  })

  it('compacts where the provider can, and has it on record', async () => {
    const compacted = await ann.responses.compact({ model: 'native/echo', input: [{ role: 'user', content: 'One' }] })
    expect(compacted).toMatchObject({ object: 'response.compaction', usage: { input_tokens: 11 } })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', provider: 'native', usage: { input: { total: 11 } } }])
  })

  it('compacts nothing where the provider cannot', async () => {
    const answer = await post('/responses/compact', { model: 'chat/echo', input: 'Hello' })
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'not_found', message: expect.stringContaining('compact') as string } }])
    expect(sim.requests).toEqual([])
  })

  it.each(['zstd', 'gzip'])('refuses a body in %s clearly', async (encoding) => {
    const answer = await post('/responses', { model: 'native/echo', input: 'x' }, { 'content-encoding': encoding })
    expect([answer.status, await answer.json()]).toMatchObject([415, { error: { code: 'unsupported_media_type' } }])
  })

  it('passes a last event of many bytes through once', async () => {
    const tools = Array.from({ length: 400 }, (_, index) => ({ type: 'function', name: `tool_${index}`, description: 'x'.repeat(400), strict: false, parameters: { type: 'object', properties: {} } }))
    const answer = await post('/responses', { model: 'native/echo', input: 'Hello', tools, stream: true })
    const text = await answer.text()
    expect(text.length).toBeGreaterThan(3 * 128 * 1024)
    expect(text.match(/event: response\.completed/g)).toHaveLength(1)
    const last = text.trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({ type: 'response.completed', response: { status: 'completed' } })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', usageSource: 'provider' }])
  })
})

async function endOf(sdk: OpenAI, id: string): Promise<OpenAI.Responses.Response> {
  for (;;) {
    const response = await sdk.responses.retrieve(id)
    if (response.status !== 'queued' && response.status !== 'in_progress') return response
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('after a restart', () => {
  it('stored responses are there, unfinished ones go on, and those that cannot have failed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trunkline-responses-'))
    try {
      const storage = await openStorage({ directory })
      const before = await startModelGateway({ providers: providers(), store: storage.responses, runs: storage.runs })
      const sdk = new OpenAI({ baseURL: before.url, apiKey: 'sk-any', maxRetries: 0 })
      const made = await sdk.responses.create({ model: 'chat/echo', input: 'Hello' })
      sim.script({ fault: 'hang' })
      const queued = await sdk.responses.create({ model: 'chat/echo', input: 'Go', background: true })
      await until(() => sim.requests.length === 2, 'the run has begun')
      const unfinished = await storage.responses.find(queued.id)
      await before[Symbol.asyncDispose]()
      expect(await storage.responses.find(queued.id)).toMatchObject({ status: 'in_progress' })
      // One whose request is not known any more.
      if (unfinished) await storage.responses.save({ ...unfinished, id: 'resp_orphan' })
      await storage[Symbol.asyncDispose]()
      await using again = await openStorage({ directory })
      await using after = await startModelGateway({ providers: providers(), store: again.responses, runs: again.runs })
      const later = new OpenAI({ baseURL: after.url, apiKey: 'sk-any', maxRetries: 0 })
      expect(await later.responses.retrieve(made.id)).toMatchObject({ id: made.id, status: 'completed' })
      expect(await endOf(later, queued.id)).toMatchObject({ id: queued.id, status: 'completed', output_text: 'You said: Go' })
      expect(await later.responses.retrieve('resp_orphan')).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('restarted') as string } })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})

describe('limits of what is stored', () => {
  const restart = async (options: Partial<Parameters<typeof startModelGateway>[0]>): Promise<void> => {
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: providers(), principals: ['ann'], settings: { maxAttempts: 1 }, ...options })
    ann = sdkOf('ann')
  }

  it('a response that has expired is not there', async () => {
    await restart({ responses: { retentionMs: 0 } })
    const made = await ann.responses.create({ model: 'chat/echo', input: 'Hello' })
    expect(await statusOf(ann.responses.retrieve(made.id))).toEqual([404, 'not_found'])
  })

  it('the oldest of one principal go first', async () => {
    await restart({ responses: { maxPerPrincipal: 3 } })
    const ids: string[] = []
    for (let turn = 0; turn < 32; turn++) ids.push((await ann.responses.create({ model: 'chat/echo', input: String(turn) })).id)
    const left = await Promise.all(ids.map((id) => statusOf(ann.responses.retrieve(id))))
    expect(left.slice(-1)).toEqual(['answered'])
    expect(left.filter((status) => status === 'answered').length).toBeLessThan(8)
  })

  it('only so many run in the background', async () => {
    await restart({ responses: { maxBackground: 1 } })
    sim.script({ fault: 'hang' })
    const first = await ann.responses.create({ model: 'chat/echo', input: 'Go', background: true })
    expect(await statusOf(ann.responses.create({ model: 'chat/echo', input: 'Go', background: true }))).toEqual([503, 'server_is_overloaded'])
    await ann.responses.cancel(first.id)
    expect(await ann.responses.create({ model: 'chat/echo', input: 'Go', background: true })).toMatchObject({ status: 'queued' })
  })

  it('a run that takes too long has failed', async () => {
    await restart({ responses: { backgroundMs: 30 } })
    sim.script({ fault: 'hang' })
    const queued = await ann.responses.create({ model: 'chat/echo', input: 'Go', background: true })
    expect(await endOf(ann, queued.id)).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('30 ms') as string } })
  })

  it('a record that cannot be written does not take the answer away', async () => {
    const store = { ...createMemoryResponses(), save: () => Promise.reject(new Error('disk full')) }
    await restart({ store })
    expect((await ann.responses.create({ model: 'chat/echo', input: 'Hello' })).output_text).toBe('You said: Hello')
    expect((await ann.responses.stream({ model: 'native/echo', input: 'Hello' }).finalResponse()).output_text).toBe('You said: Hello')
    expect(await statusOf(ann.responses.create({ model: 'chat/echo', input: 'Go', background: true }))).toEqual([500, 'internal'])
  })
})
