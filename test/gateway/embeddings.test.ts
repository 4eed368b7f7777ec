import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let client: OpenAI

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url), defineProvider('claude', sim.url, { kind: 'anthropic' })] })
  client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

describe('embeddings', () => {
  it('pass through with the provider’s model, unknown fields and all, and are on record', async () => {
    const params = { model: 'sim/embed-small', input: ['a', 'b'], encoding_format: 'float' as const, dimensions: 8, later: { x: 1 } }
    const { data } = await client.embeddings.create(params)
    expect(data).toHaveLength(2)
    expect(sim.requests[0]?.path).toBe('/v1/embeddings')
    expect(JSON.parse(sim.requests[0]?.body.toString() ?? '')).toEqual({ ...params, model: 'embed-small' })
    expect(gateway.ledger.rows).toMatchObject([{ model: 'embed-small', outcome: 'answered', usageSource: 'provider' }])
  })

  it('are refused by name where the provider has none', async () => {
    await expect(client.embeddings.create({ model: 'claude/x', input: 'a' })).rejects.toMatchObject({ status: 404, message: expect.stringContaining('claude') as string })
    expect(sim.requests).toHaveLength(0)
  })
})
