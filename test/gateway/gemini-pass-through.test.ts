import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let base: string

async function start(principals?: readonly string[]): Promise<void> {
  gateway = await startModelGateway({
    providers: [defineProvider('google', `${sim.origin}/v1beta`, { kind: 'google' })],
    settings: { backoffBaseMs: 5, backoffMaxMs: 10, maxAttempts: 1 },
    ...(principals ? { principals } : {}),
  })
  base = `${new URL(gateway.url).origin}/v1beta`
}

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider', models: ['gemini-2.5-pro', 'gemini-3-flash', 'gemma-3'] })
  await start()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const post = (path: string, body: string | object, init: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {}): Promise<Response> =>
  fetch(`${base}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...(init.signal ? { signal: init.signal } : {}), headers: { 'content-type': 'application/json', ...init.headers } })
const ask = { contents: [{ role: 'user', parts: [{ text: 'Grüße an 世界' }] }] }
const direct = async (path: string, body: object): Promise<string> => (await fetch(`${sim.origin}/v1beta${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'x-goog-api-key': 'sk-provider' } })).text()

describe('a Gemini client at a Google provider', () => {
  it.each(['gemini-3-flash:generateContent', 'gemini-3-flash:streamGenerateContent?alt=sse'])('sends and gets the very bytes: %s', async (call) => {
    sim.script({ reasoning: 'hm', seal: 'c2VhbA==', text: 'Grüße 世界', cachedTokens: 3, times: 2 })
    const body = '{ "contents":[{"role":"user","parts":[{"text":"\\u00e9","zz":1.50}]}], "generationConfig":{"seed":12345678901234567890} }\n'
    const answer = await post(`/models/google/${call}`, body, { headers: { 'x-goog-api-key': 'sk-client', 'x-goog-user-project': 'mine' } })
    const text = await answer.text()
    expect(sim.requests[0]?.body.toString()).toBe(body)
    expect(sim.requests[0]?.path).toBe(`/v1beta/models/${call}`)
    expect(sim.requests[0]?.headers).toMatchObject({ 'x-goog-api-key': 'sk-provider' })
    expect(sim.requests[0]?.headers['x-goog-user-project']).toBeUndefined()
    // The simulator numbers its answers.
    expect(text.replaceAll('sim1', 'sim2')).toBe(await direct(`/models/${call}`, ask))
    expect(answer.headers.get('x-trunkline-plan')).toBe('pass-through')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', surface: 'google-generate-content', model: 'gemini-3-flash', usage: { input: { total: 11, cacheRead: 3 } } }])
  })

  it.each(['/v1beta', '/v1'])('finds the model in the path, also with escaped slashes (%s)', async (prefix) => {
    for (const model of ['google/gemini-2.5-pro', 'google%2Fgemini-2.5-pro']) {
      const answer = await fetch(`${new URL(gateway.url).origin}${prefix}/models/${model}:generateContent`, { method: 'POST', body: JSON.stringify(ask), headers: { 'content-type': 'application/json' } })
      expect(await answer.json()).toMatchObject({ modelVersion: 'gemini-2.5-pro', candidates: [{ finishReason: 'STOP' }] })
    }
  })

  it('streams one JSON array to a client that asks for no events', async () => {
    sim.script({ text: 'a b c' })
    const answer = await post('/models/google/gemini-3-flash:streamGenerateContent', ask)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    const text = await answer.text()
    const chunks = JSON.parse(text) as { candidates: { content: { parts: { text: string }[] }; finishReason?: string }[] }[]
    expect(chunks.map(({ candidates }) => candidates[0]?.content.parts[0]?.text).join('')).toBe('a b c')
    expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe('STOP')
    expect(sim.requests[0]?.path).toContain('alt=sse')
  })

  it('ends a stream that broke off with an error, as an event or as the last item', async () => {
    for (const [query, read] of [['?alt=sse', (text: string) => text.split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.slice(6)) as object)], ['', (text: string) => JSON.parse(text) as object[]]] as const) {
      sim.script({ text: 'a b c', fault: 'cut', after: 2 })
      const items = read(await (await post(`/models/google/gemini-3-flash:streamGenerateContent${query}`, ask)).text())
      expect(items).toHaveLength(3)
      expect(items.at(-1)).toMatchObject({ error: { code: 502, status: 'INTERNAL', details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: expect.stringMatching(/^req_/) as string }] } })
    }
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'interrupted' }])
  })

  it('LT-G02 takes a stream without a finish reason for cut', async () => {
    sim.script({ text: 'a b', terminator: 'none' })
    const text = await (await post('/models/google/gemini-3-flash:streamGenerateContent?alt=sse', ask)).text()
    expect(text).toContain('"error"')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('passes a refused question on as it is', async () => {
    sim.script({ blockReason: 'PROHIBITED_CONTENT' })
    const answer = await post('/models/google/gemini-3-flash:streamGenerateContent?alt=sse', ask)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('PROHIBITED_CONTENT')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered' }])
  })

  it('counts tokens with the provider', async () => {
    sim.script({ inputTokens: 42 })
    const answer = await post('/models/google/gemini-3-flash:countTokens', { generateContentRequest: { model: 'models/google/gemini-3-flash', ...ask } })
    expect(await answer.json()).toMatchObject({ totalTokens: 42 })
    expect(sim.requests[0]).toMatchObject({ path: '/v1beta/models/gemini-3-flash:countTokens' })
    expect(JSON.parse(sim.requests[0]?.body.toString() ?? '')).toMatchObject({ generateContentRequest: { model: 'models/gemini-3-flash' } })
  })

  it('stops the provider when the client leaves', async () => {
    sim.script({ chunks: 500, intervalMs: 500 })
    const controller = new AbortController()
    const answer = await post('/models/google/gemini-3-flash:streamGenerateContent?alt=sse', ask, { signal: controller.signal })
    await answer.body?.getReader().read()
    controller.abort()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
  })
})

describe('failures in Google’s words', () => {
  it.each([
    [400, 'INVALID_ARGUMENT'],
    [404, 'NOT_FOUND'],
    [429, 'RESOURCE_EXHAUSTED'],
    [503, 'UNAVAILABLE'],
  ])('passes the provider’s own %s on', async (status, word) => {
    sim.script({ fault: 'status', status })
    const answer = await post('/models/google/gemini-3-flash:generateContent', ask)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { code: status, status: word, message: `The simulator was told to fail with ${status}.` } })
  })

  it('reads how long to wait from the body', async () => {
    sim.script({ fault: 'status', status: 429, body: '{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}' })
    const answer = await post('/models/google/gemini-3-flash:generateContent', ask)
    expect(answer.headers.get('retry-after')).toBe('35')
    expect(answer.headers.get('retry-after-ms')).toBe('34500')
  })

  it('does not blame the client for the gateway’s own key, which Google refuses with 400', async () => {
    sim.script({ fault: 'status', status: 400, body: '{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}' })
    const answer = await post('/models/google/gemini-3-flash:generateContent', ask)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ error: { status: 'INTERNAL', message: expect.stringContaining('providers.google.apiKey') as string } })
  })

  it.each([
    ['POST', '/models/nobody/knows:generateContent', 404, 'NOT_FOUND'],
    ['POST', '/models/google/gemini-3-flash:embedContent', 404, 'NOT_FOUND'],
    ['POST', '/models/google/gemini-3-flash', 404, 'NOT_FOUND'],
    ['POST', '/interactions', 404, 'NOT_FOUND'],
    ['GET', '/files', 404, 'NOT_FOUND'],
    ['POST', '/cachedContents', 404, 'NOT_FOUND'],
    ['GET', '/models/google/nothing', 404, 'NOT_FOUND'],
  ])('%s %s is an honest %s', async (method, path, status, word) => {
    const answer = await fetch(`${base}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(method === 'POST' ? { body: JSON.stringify(ask) } : {}) })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { code: status, status: word } })
  })

  it.each(['{"contents":[', '[]', '{"contents":[],"contents":[]'])('refuses a body that is no JSON object: %s', async (body) => {
    const answer = await post('/models/google/gemini-3-flash:generateContent', body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } })
  })
})

describe('the lists of models in Gemini’s shape', () => {
  it('have pages, and single models', async () => {
    const first = (await (await fetch(`${base}/models?pageSize=2`)).json()) as { models: { name: string }[]; nextPageToken: string }
    expect(first.models).toMatchObject([{ name: 'models/google/gemini-2.5-pro', supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'] }, {}])
    const second = (await (await fetch(`${base}/models?pageSize=2&pageToken=${first.nextPageToken}`)).json()) as { models: { name: string }[]; nextPageToken?: string }
    expect([...first.models, ...second.models].map(({ name }) => name)).toEqual(['models/google/gemini-2.5-pro', 'models/google/gemini-3-flash', 'models/google/gemma-3'])
    expect(second.nextPageToken).toBeUndefined()
    expect((await fetch(`${base}/models?pageToken=bm9ib2R5`)).status).toBe(400)
    expect(await (await fetch(`${base}/models/google/gemini-3-flash`)).json()).toMatchObject({ name: 'models/google/gemini-3-flash', displayName: 'google/gemini-3-flash' })
  })

  it('leave the lists of the other families as they are', async () => {
    expect(await (await fetch(`${gateway.url}/models`)).json()).toMatchObject({ object: 'list' })
  })
})

describe('a key in the query', () => {
  it('counts on these routes, and nowhere else', async () => {
    await gateway[Symbol.asyncDispose]()
    await start(['ann'])
    const call = '/models/google/gemini-3-flash:generateContent'
    expect((await post(call, ask)).status).toBe(401)
    expect((await post(`${call}?key=wrong`, ask)).status).toBe(401)
    expect((await post(`${call}?key=sk-ann-0000`, ask)).status).toBe(200)
    expect((await post(call, ask, { headers: { 'x-goog-api-key': 'sk-ann-0000' } })).status).toBe(200)
    expect((await post(`${call}?key=sk-other`, ask, { headers: { 'x-goog-api-key': 'sk-ann-0000' } })).status).not.toBe(200)
    expect(sim.requests.every(({ path }) => !path.includes('key='))).toBe(true)
    expect((await fetch(`${gateway.url}/models?key=sk-ann-0000`)).status).toBe(401)
  })
})

describe('a provider that answers a stream with a list of errors', () => {
  it('is understood', async () => {
    const listener = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(429, { 'content-type': 'application/json' }).end('[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]')
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: [defineProvider('google', `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1beta`, { kind: 'google' })], settings: { maxAttempts: 1 } })
    try {
      const answer = await fetch(`${gateway.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'google/gemini-3-flash', stream: true, messages: [{ role: 'user', content: 'hi' }] }) })
      expect([answer.status, await answer.json()]).toMatchObject([429, { error: { message: expect.stringContaining('quota') as string } }])
    } finally {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  })
})
