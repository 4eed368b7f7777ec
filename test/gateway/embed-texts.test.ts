import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { embedTexts, type EmbeddingQuestion, type ExchangeService } from '../../src/core/exchange/index.ts'
import { LOCAL_PRINCIPAL } from '../../src/core/identity/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let provider: Server
let gateway: ModelGateway
let exchanges: ExchangeService | undefined
/** Undefined answers nothing. */
let answer: { readonly status: number; readonly body: string } | undefined
let bodies: string[]
let arrived: PromiseWithResolvers<void>

beforeEach(async () => {
  bodies = []
  arrived = Promise.withResolvers<void>()
  provider = createServer((request, response) => {
    text(request).then(
      (body) => {
        bodies.push(body)
        arrived.resolve()
        if (answer) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    )
  })
  await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done))
  const { port } = provider.address() as AddressInfo
  gateway = await startModelGateway({ providers: [defineProvider('local', `http://127.0.0.1:${port}/v1`)], settings: { maxAttempts: 1 }, wrap: (plain) => (exchanges = plain) })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  provider.closeAllConnections()
  await new Promise((done) => provider.close(done))
})

async function embed(texts: readonly string[], more: Partial<EmbeddingQuestion> = {}): Promise<readonly (readonly number[])[]> {
  if (!exchanges) throw new Error('The gateway has exchanges.')
  const question = { principal: LOCAL_PRINCIPAL, surface: 'tool-search', requestId: 'req_1', model: 'local/small', texts, logger: silentLogger, signal: AbortSignal.timeout(20_000), ...more }
  return (await embedTexts(exchanges.run, question)).map((vector) => [...vector])
}

const answered = (data: unknown): void => {
  answer = { status: 200, body: JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 5, total_tokens: 5 } }) }
}

describe('embedTexts', () => {
  it('gives the vectors in the order of the texts, and is on record', async () => {
    answered([{ index: 1, embedding: [0, 1] }, { index: 0, embedding: [1, 0.5] }])
    expect(await embed(['a', 'b'])).toEqual([[1, 0.5], [0, 1]])
    expect(JSON.parse(bodies[0] ?? '')).toEqual({ model: 'small', input: ['a', 'b'], encoding_format: 'float' })
    expect(gateway.ledger.rows).toMatchObject([{ surface: 'tool-search', model: 'small', outcome: 'answered', usageSource: 'provider' }])
  })

  it('goes by the order of the answer where that has no index', async () => {
    answered([{ embedding: [1] }, { embedding: [2] }])
    expect(await embed(['a', 'b'])).toEqual([[1], [2]])
  })

  it.each([
    ['too few vectors', [{ index: 0, embedding: [1] }]],
    ['two vectors for one text', [{ index: 0, embedding: [1] }, { index: 0, embedding: [2] }]],
    ['a vector for a text that is not there', [{ index: 0, embedding: [1] }, { index: 7, embedding: [2] }]],
    ['a place that is none', [{ index: 0, embedding: [1] }, { index: -1, embedding: [2] }]],
    ['text in the place of numbers', [{ index: 0, embedding: 'AAAA' }, { index: 1, embedding: 'AAAA' }]],
    ['no list', 'x'],
  ])('refuses %s', async (_, data) => {
    answered(data)
    await expect(embed(['a', 'b'])).rejects.toMatchObject({ code: 'upstream_protocol' })
  })

  it.each([
    [400, 'invalid_request'],
    [404, 'unknown_model'],
    [500, 'upstream_unavailable'],
  ])('says what the provider refused with %i', async (status, code) => {
    answer = { status, body: JSON.stringify({ error: { message: 'The input is too long.', type: 'x' } }) }
    await expect(embed(['a'])).rejects.toMatchObject({ code })
  })

  it('knows no model of another name', async () => {
    await expect(embed(['a'], { model: 'absent/small' })).rejects.toMatchObject({ code: 'unknown_model' })
    expect(bodies).toEqual([])
  })

  it('ends with the reason of its signal', async () => {
    answer = undefined
    const stop = new AbortController()
    const asked = embed(['a'], { signal: stop.signal })
    await arrived.promise
    stop.abort(new GatewayError('upstream_timeout', 'Too late.'))
    await expect(asked).rejects.toMatchObject({ code: 'upstream_timeout' })
  })
})
