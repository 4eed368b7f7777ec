import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../../domain/ids.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import { Secret } from '../../../domain/secret.ts'
import { silentLogger } from '../../../telemetry/index.ts'
import { collectAnswer } from '../shared/collect-answer.ts'
import type { LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { readModels } from './models.ts'
import { createGoogleProvider } from './provider.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function connect(changes: Partial<ProviderDefinition> = {}): Promise<{ readonly upstream: LlmUpstream; readonly seen: { readonly request: IncomingMessage; readonly body: string }[] }> {
  const seen: { request: IncomingMessage; body: string }[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      seen.push({ request, body: Buffer.concat(pieces).toString() })
      response.end('{"models":[{"name":"models/gemini-2.5-pro"},{"name":"tunedModels/mine"}]}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const definition: ProviderDefinition = {
    id: 'p' as ProviderId, kind: 'google', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1beta`, apiKey: new Secret('sk-1'), headers: {}, models: undefined, parameters: {}, quirks: [], facts: {}, enabled: true,
    timeouts: { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 60_000 }, ...changes,
  }
  const upstream = createGoogleProvider(definition, { logger: silentLogger })
  closing.push(async () => upstream[Symbol.asyncDispose](), async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { upstream, seen }
}

const send = (upstream: LlmUpstream, changes: Partial<LlmWireRequest>, body = '{}'): ReturnType<typeof collectAnswer> =>
  collectAnswer((sink) => upstream.send({ dialect: 'google-generate-content', operation: 'generate', model: 'm', stream: false, headers: { 'x-goog-api-key': 'client' }, body: [Buffer.from(body)], signal: AbortSignal.timeout(60_000), ...changes }, sink), 10_000)

describe('createGoogleProvider', () => {
  it.each<[Partial<LlmWireRequest>, string]>([
    [{ model: 'gemini-2.5-pro' }, '/v1beta/models/gemini-2.5-pro:generateContent'],
    [{ model: 'gemini-2.5-pro', stream: true }, '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse'],
    [{ model: 'gemini-2.5-pro', operation: 'count-tokens' }, '/v1beta/models/gemini-2.5-pro:countTokens'],
    [{ model: 'tunedModels/mine' }, '/v1beta/tunedModels/mine:generateContent'],
    [{ model: '../../v1/files/x?a=b#c' }, '/v1beta/models/..%2F..%2Fv1%2Ffiles%2Fx%3Fa%3Db%23c:generateContent'],
    [{ model: 'tunedModels/../x' }, '/v1beta/models/tunedModels%2F..%2Fx:generateContent'],
  ])('finds the address of %j', async (changes, path) => {
    const { upstream, seen } = await connect()
    await send(upstream, changes)
    expect(seen[0]?.request.url).toBe(path)
    expect(seen[0]?.request.headers['x-goog-api-key']).toBe('sk-1')
  })

  it('fills up the settings that a client has, and counts what the client wrote', async () => {
    const { upstream, seen } = await connect({ parameters: { generationConfig: { seed: 1, topK: 2 }, safetySettings: [] } })
    await send(upstream, {}, '{"generationConfig":{ "topK": 9.0 },"contents":[]}')
    await send(upstream, { operation: 'count-tokens' }, '{"contents":[]}')
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ generationConfig: { topK: 9, seed: 1 }, contents: [], safetySettings: [] })
    expect(seen[0]?.body).toContain('9.0')
    expect(seen[1]?.body).toBe('{"contents":[]}')
  })

  it('has no embeddings in another dialect', async () => {
    const { upstream } = await connect()
    await expect(send(upstream, { operation: 'embed', dialect: 'openai-chat' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('lists its models without their prefix', async () => {
    const { upstream, seen } = await connect()
    expect(await upstream.listModels(AbortSignal.timeout(60_000))).toEqual([{ id: 'gemini-2.5-pro' }, { id: 'tunedModels/mine' }])
    expect(seen[0]?.request.url).toBe('/v1beta/models?pageSize=1000')
    expect(readModels({ data: [] })).toBeUndefined()
    expect(readModels({ models: [7, { name: 8 }, { name: 'models/a' }] })).toEqual([{ id: 'a' }])
  })
})
