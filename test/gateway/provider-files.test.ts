import Anthropic, { toFile } from '@anthropic-ai/sdk'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderDefinition } from '../../src/domain/provider.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  body: string
  isWhole: boolean
  isCut: boolean
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A provider that keeps things: what arrives is noted while it arrives, and answered as the test says. */
class Keeper implements AsyncDisposable {
  readonly arrived: Arrived[] = []
  answer: Answer = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  #server = createServer((request, response) => {
    const noted: Arrived = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: '', isWhole: false, isCut: false }
    this.arrived.push(noted)
    request.on('data', (piece: Buffer) => (noted.body += piece.toString('latin1')))
    request.on('close', () => (noted.isCut = !request.complete))
    request.on('end', () => {
      noted.isWhole = true
      this.answer(request, response)
    })
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let keeper: Keeper
let url: string
let gateway: ModelGateway | undefined

beforeEach(async () => {
  keeper = new Keeper()
  url = await keeper.start()
})
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]()
  gateway = undefined
  await keeper[Symbol.asyncDispose]()
})

async function start(...providers: readonly ProviderDefinition[]): Promise<string> {
  gateway = await startModelGateway({ providers })
  return gateway.url
}

const claude = (id = 'claude'): ProviderDefinition => defineProvider(id, url, { kind: 'anthropic' })
const openai = (id = 'openai'): ProviderDefinition => defineProvider(id, url, { kind: 'openai' })
const json = (value: unknown): Answer => (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const VERSION = { 'anthropic-version': '2023-06-01' }

const batch = (id: string, resultsUrl: string | null) => ({ id, type: 'message_batch', processing_status: 'ended', results_url: resultsUrl, request_counts: {}, created_at: 'x', note: 'see results_url' })

describe('batches of Messages', () => {
  it('go to Anthropic with its credential, and only the prefixes of their models are gone', async () => {
    const base = await start(claude(), openai())
    const write = (one: string, two: string): string => `{ "requests": [ {"custom_id":"claude/a","params":{"max_tokens":1.0,"model": ${one},"messages":[{"role":"user","content":"\\u00e9 \\"model\\":\\"claude/x\\""}]}},{"params":{"model":${two}}}] }`
    keeper.answer = json(batch('msgbatch_1', null))
    const sent = write('"claude/claude-x"', '"claude-y"')
    const answer = await fetch(`${base}/messages/batches?beta=true`, { method: 'POST', headers: { ...VERSION, 'content-type': 'application/json', 'anthropic-beta': 'message-batches-2024-09-24', 'x-api-key': 'sk-client' }, body: sent })
    expect([answer.status, await answer.json()]).toEqual([200, batch('msgbatch_1', null)])
    expect(keeper.arrived).toMatchObject([{ method: 'POST', url: '/v1/messages/batches?beta=true', body: write('"claude-x"       ', '"claude-y"'), headers: { 'x-api-key': 'sk-provider', 'anthropic-version': '2023-06-01', 'anthropic-beta': 'message-batches-2024-09-24', 'content-length': String(sent.length) } }])
    expect(keeper.arrived[0]?.headers.authorization).toBeUndefined()
  })

  it('are read by the official SDK to their results, through the gateway', async () => {
    const base = await start(claude())
    const origin = base.replace(/\/v1$/, '')
    const client = new Anthropic({ baseURL: origin, apiKey: 'sk-client' })
    keeper.answer = (request, response) => {
      if (!request.url?.endsWith('/results')) return json(batch('msgbatch_1', 'https://api.anthropic.com/v1/messages/batches/msgbatch_1/results'))(request, response)
      response.writeHead(200, { 'content-type': 'application/x-jsonl' })
      response.end('{"custom_id":"a","result":{"type":"canceled"}}\n{"custom_id":"b","result":{"type":"expired"}}\n')
    }
    expect((await client.messages.batches.retrieve('msgbatch_1')).results_url).toBe(`${origin}/v1/messages/batches/msgbatch_1/results`)
    const ids: string[] = []
    for await (const result of await client.messages.batches.results('msgbatch_1')) ids.push(result.custom_id)
    expect(ids).toEqual(['a', 'b'])
    expect(keeper.arrived.at(-1)).toMatchObject({ url: '/v1/messages/batches/msgbatch_1/results', headers: { 'x-api-key': 'sk-provider' } })
  })

  it('are listed with the address of each one’s results, and nothing else is changed', async () => {
    const base = await start(claude())
    const list = (origin: string): string => `{"data": [${JSON.stringify(batch('b1', `${origin}/v1/messages/batches/b1/results`))},${JSON.stringify(batch('b2', null))}],"has_more":false,"n":1.0}`
    keeper.answer = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-length': list('https://api.anthropic.com').length }).end(list('https://api.anthropic.com'))
    const plain = await fetch(`${base}/messages/batches?limit=2`, { headers: VERSION })
    expect(await plain.text()).toBe(list(base.replace(/\/v1$/, '')))
    const proxied = await fetch(`${base}/messages/batches`, { headers: { ...VERSION, 'x-forwarded-proto': 'https' } })
    expect(await proxied.text()).toBe(list(base.replace(/\/v1$/, '').replace('http:', 'https:')))
    expect(keeper.arrived[0]?.url).toBe('/v1/messages/batches?limit=2')
  })

  it.each([['POST', '/messages/batches/b1/cancel'], ['DELETE', '/messages/batches/b1']])('can be ended: %s %s', async (method, path) => {
    const base = await start(claude())
    expect((await fetch(`${base}${path}`, { method, headers: VERSION })).status).toBe(200)
    expect(keeper.arrived).toMatchObject([{ method, url: `/v1${path}`, body: '' }])
  })
})

describe('files', () => {
  it('stream to the provider while the client still writes', async () => {
    const base = await start(openai())
    const { promise: first, resolve } = Promise.withResolvers<void>()
    let go: (() => void) | undefined
    const waiting = new Promise<void>((done) => (go = done))
    async function* write(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n')
      resolve()
      await waiting
      yield Buffer.from('--b--\r\n')
    }
    const answer = fetch(`${base}/files`, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: ReadableStream.from(write()), duplex: 'half' } as RequestInit)
    await first
    await until(() => keeper.arrived[0]?.body.includes('user_data') === true, 'the first piece had arrived')
    expect(keeper.arrived[0]?.isWhole).toBe(false)
    go?.()
    expect((await answer).status).toBe(200)
    expect(keeper.arrived[0]).toMatchObject({ isWhole: true, url: '/v1/files', headers: { authorization: 'Bearer sk-provider', 'content-type': 'multipart/form-data; boundary=b' } })
  })

  it('of a batch lose the prefixes of their models, with the official SDK', async () => {
    const base = await start(openai())
    const client = new OpenAI({ baseURL: base, apiKey: 'sk-client' })
    const line = (id: string, model: string): string => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content: 'openai/gpt' }] } })
    keeper.answer = json({ id: 'file-1', object: 'file' })
    await client.files.create({ purpose: 'batch', file: await toFile(Buffer.from(`${line('1', 'openai/gpt-x')}\n${line('2', 'gpt-y')}\n`), 'batch.jsonl') })
    expect(keeper.arrived[0]?.body).toContain('"body":{"model":"gpt-x"       ,"messages":[{"role":"user","content":"openai/gpt"}]}')
    expect(keeper.arrived[0]?.body).toContain(line('2', 'gpt-y'))
  })

  it('of other kinds pass byte for byte, whatever they hold', async () => {
    const base = await start(openai())
    const content = '{"body":{"model":"openai/gpt-x"}}\u0000\u00ff'
    const form = new FormData()
    form.set('purpose', 'user_data')
    form.set('file', new Blob([Buffer.from(content, 'latin1')]), 'notes.json')
    expect((await fetch(`${base}/files`, { method: 'POST', body: form })).status).toBe(200)
    expect(keeper.arrived[0]?.body).toContain(content)
  })

  it('come back with their type, length and name, in pieces', async () => {
    const base = await start(claude(), openai())
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))
    keeper.answer = (_request, response) => void response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': bytes.length, 'content-disposition': 'attachment; filename="a.pdf"', 'set-cookie': 'x=1', 'request-id': 'req_1' }).end(bytes)
    const answer = await fetch(`${base}/files/file_1/content`, { headers: { ...VERSION, 'anthropic-beta': 'files-api-2025-04-14' } })
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'content-type': 'application/pdf', 'content-length': '100000', 'content-disposition': 'attachment; filename="a.pdf"', 'request-id': 'req_1', 'x-trunkline-target': 'claude' })
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
    expect(keeper.arrived[0]).toMatchObject({ url: '/v1/files/file_1/content', headers: { 'anthropic-beta': 'files-api-2025-04-14', 'x-api-key': 'sk-provider' } })
  })

  it('end at the provider, too, when the client leaves in the middle', async () => {
    const base = await start(openai())
    const controller = new AbortController()
    const { promise: never } = Promise.withResolvers<void>()
    async function* write(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('begun')
      await never
    }
    const answer = fetch(`${base}/files`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: ReadableStream.from(write()), duplex: 'half', signal: controller.signal } as RequestInit)
    let wasCut = false
    await until(() => keeper.arrived[0]?.body === 'begun', 'the first piece had arrived')
    controller.abort()
    await answer.catch(() => (wasCut = true))
    expect(wasCut).toBe(true)
    await until(() => keeper.arrived[0]?.isCut === true, 'the provider saw it end')
    expect(keeper.arrived[0]?.isWhole).toBe(false)
  })
})

describe('whose they are', () => {
  it.each([
    ['/files', {}, 'openai'],
    ['/files', VERSION, 'claude'],
    ['/skills', VERSION, 'claude'],
    ['/skills/s1', {}, 'openai'],
    ['/batches', {}, 'openai'],
    ['/messages/batches', {}, 'claude'],
  ])('is told by address and headers: %s %o', async (path, headers, target) => {
    const base = await start(claude(), openai())
    const answer = await fetch(`${base}${path}`, { headers })
    expect([answer.status, answer.headers.get('x-trunkline-target'), keeper.arrived[0]?.url]).toEqual([200, target, `/v1${path}`])
  })

  it('has to be said where several could be meant', async () => {
    const base = await start(claude('one'), claude('two'), openai(), defineProvider('mini', url, { kind: 'minimax' }))
    const unsaid = await fetch(`${base}/files`, { headers: VERSION })
    expect([unsaid.status, await unsaid.json()]).toEqual([400, { type: 'error', error: { type: 'invalid_request_error', message: 'Several providers of kind `anthropic` are enabled (`one`, `two`). Say which one is meant with the header `x-trunkline-provider`.' }, request_id: unsaid.headers.get('request-id') }])
    for (const named of ['two', 'mini']) expect((await fetch(`${base}/files`, { headers: { ...VERSION, 'x-trunkline-provider': named } })).headers.get('x-trunkline-target')).toBe(named)
    for (const wrong of ['openai', 'nobody']) expect((await fetch(`${base}/files`, { headers: { ...VERSION, 'x-trunkline-provider': wrong } })).status).toBe(400)
  })

  it('is nobody’s where no provider of the kind is enabled: a 404 in the dialect', async () => {
    const base = await start(defineProvider('chat', url))
    const anthropic = await fetch(`${base}/messages/batches`, { method: 'POST', headers: { ...VERSION, 'content-type': 'application/json' }, body: '{}' })
    expect([anthropic.status, await anthropic.json()]).toEqual([404, { type: 'error', error: { type: 'not_found_error', message: expect.stringContaining('No provider of kind `anthropic`') as string }, request_id: anthropic.headers.get('request-id') }])
    const plain = await fetch(`${base}/batches`)
    expect([plain.status, ((await plain.json()) as { error: { type: string } }).error.type]).toEqual([404, 'invalid_request_error'])
    expect(keeper.arrived).toHaveLength(0)
  })
})

describe('what goes wrong', () => {
  it('at the provider is said in its own words', async () => {
    const base = await start(claude())
    const words = '{"type":"error","error":{"type":"not_found_error","message":"gone"},"request_id":"req_x"}'
    keeper.answer = (_request, response) => void response.writeHead(404, { 'content-type': 'application/json' }).end(words)
    const answer = await fetch(`${base}/files/none`, { headers: VERSION })
    expect([answer.status, await answer.text()]).toEqual([404, words])
  })

  it('with the gateway’s own credential is not the client’s 401', async () => {
    const base = await start(claude())
    keeper.answer = (_request, response) => void response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"sk-provider is wrong"}}')
    const answer = await fetch(`${base}/files`, { headers: VERSION })
    const text = await answer.text()
    expect([answer.status, text.includes('sk-provider')]).toEqual([502, false])
  })

  it('in the middle of a file cuts the answer: it does not look whole', async () => {
    const base = await start(claude())
    keeper.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/pdf' })
      response.write('half', () => response.destroy())
    }
    const answer = await fetch(`${base}/files/f/content`, { headers: VERSION })
    await expect(answer.text()).rejects.toThrow()
  })

  it('with a provider that is not there is a 503', async () => {
    const base = await start(defineProvider('claude', 'http://127.0.0.1:1/v1', { kind: 'anthropic' }))
    expect((await fetch(`${base}/files`, { headers: VERSION })).status).toBe(503)
  })
})
