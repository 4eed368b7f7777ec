import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { ProviderId } from '../../../domain/ids.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import { Secret } from '../../../domain/secret.ts'
import { silentLogger } from '../../../telemetry/index.ts'
import { collectAnswer } from '../shared/collect-answer.ts'
import type { LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { readModels } from './models.ts'
import { createAnthropicProvider } from './provider.ts'

interface Seen {
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function serve(answer: string): Promise<AsyncDisposable & { readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece))).on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body })
      response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_9', 'anthropic-ratelimit-requests-remaining': '7' }).end(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function connect(baseUrl: string, changes: Partial<ProviderDefinition> = {}): LlmUpstream {
  const timeouts = { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 60_000 }
  return createAnthropicProvider({ id: 'p' as ProviderId, kind: 'anthropic', baseUrl, apiKey: new Secret('sk-own'), headers: {}, models: undefined, parameters: {}, quirks: [], facts: {}, enabled: true, timeouts, ...changes }, { logger: silentLogger })
}

const ask = (upstream: LlmUpstream, operation: LlmWireRequest['operation'], headers: Record<string, string> = {}): ReturnType<typeof collectAnswer> =>
  collectAnswer((sink) => upstream.send({ dialect: 'anthropic-messages', operation, model: 'm', stream: false, headers, body: [Buffer.from('{"model":"m"}')], signal: AbortSignal.timeout(60_000) }, sink), 1_000)

describe('createAnthropicProvider', () => {
  it('adds address, key and a version for clients that name none', async () => {
    await using far = await serve('{}')
    await using upstream = connect(far.url, { parameters: { top_k: 5 } })
    const answer = await ask(upstream, 'generate')
    await ask(upstream, 'count-tokens', { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'b', 'x-api-key': 'sk-client' })
    expect(upstream.dialectsFor('m')).toEqual(['anthropic-messages'])
    expect(answer.headers).toMatchObject({ 'request-id': 'req_9', 'anthropic-ratelimit-requests-remaining': '7' })
    expect(far.seen).toMatchObject([
      { url: '/v1/messages', headers: { 'x-api-key': 'sk-own', 'anthropic-version': '2023-06-01' }, body: '{"model":"m","top_k":5}' },
      { url: '/v1/messages/count_tokens', headers: { 'x-api-key': 'sk-own', 'anthropic-version': '2026-10-21', 'anthropic-beta': 'b' }, body: '{"model":"m"}' },
    ])
  })

  it('lets the operator replace every header', async () => {
    await using far = await serve('{}')
    await using upstream = connect(far.url, { apiKey: undefined, headers: { Authorization: 'Bearer own', 'Anthropic-Version': 'v9' } })
    await ask(upstream, 'generate', { 'anthropic-version': '2026-10-21' })
    expect(far.seen[0]?.headers).toMatchObject({ authorization: 'Bearer own', 'anthropic-version': 'v9' })
    expect(far.seen[0]?.headers['x-api-key']).toBeUndefined()
  })

  it('asks for its models with its own key, keeping a query of the address', async () => {
    await using far = await serve('{"data":[{"type":"model","id":"a","created_at":"2026-02-19T00:00:00Z"},{"id":"b","created":5},{"x":1}],"has_more":false}')
    await using upstream = connect(`${far.url}?tenant=7`)
    expect(await upstream.listModels(AbortSignal.timeout(60_000))).toEqual([{ id: 'a', created: 1_771_459_200 }, { id: 'b', created: 5 }])
    expect(far.seen).toMatchObject([{ url: '/v1/models?limit=1000&tenant=7', headers: { 'x-api-key': 'sk-own', 'anthropic-version': '2023-06-01' } }])
  })

  it('has no embeddings', async () => {
    await using upstream = connect('http://127.0.0.1:9/v1')
    await expect(ask(upstream, 'embed')).rejects.toThrow(/no operation `embed`/)
  })
})

describe('readModels', () => {
  it.each([{}, [], 'x', { data: {} }])('knows that %j is no list', (answer) => {
    expect(readModels(answer)).toBeUndefined()
  })
})
