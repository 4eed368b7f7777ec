import { GoogleGenAI } from '@google/genai'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ models: ['echo', 'vendor/other'] })
  gateway = await startModelGateway({
    providers: [defineProvider('sim', sim.url, { facts: { echo: { contextTokens: 200_000, outputTokens: 64_000 } } })],
    fallbacks: { smart: ['sim/echo', 'sim/vendor/other'], only: ['sim/echo'] },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const ANTHROPIC = { 'anthropic-version': '2023-06-01' }
const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => fetch(`${gateway.url}${path}`, { headers })

describe('GET /v1/models', () => {
  it('tells what is known of sizes, in the extra members of compatible servers', async () => {
    const { data } = (await (await get('/models')).json()) as { data: { id: string }[] }
    expect(data).toMatchObject([{ id: 'smart' }, { id: 'only', context_window: 200_000, max_completion_tokens: 64_000 }, { id: 'sim/echo', context_window: 200_000 }, { id: 'sim/vendor/other' }])
    expect(data.filter((model) => !('context_window' in model)).map(({ id }) => id)).toEqual(['smart', 'sim/vendor/other'])
  })

  it('tells them to Anthropic’s clients in the members of their own, null where unknown', async () => {
    const { data } = (await (await get('/models?limit=1000', ANTHROPIC)).json()) as { data: object[] }
    expect(data).toMatchObject([{ id: 'smart', max_input_tokens: null, max_tokens: null }, { id: 'only', type: 'model', max_input_tokens: 200_000, max_tokens: 64_000, lifecycle: 'active' }, {}, {}])
  })

  it('tells them to Gemini’s clients', async () => {
    const answer = await fetch(`${gateway.url}beta/models/sim/echo`)
    expect(await answer.json()).toMatchObject({ name: 'models/sim/echo', inputTokenLimit: 200_000, outputTokenLimit: 64_000 })
  })

  it('lists them for Google’s own SDK, which asks under `/v1`', async () => {
    const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: gateway.url.replace(/\/v1$/, '') } })
    const names: string[] = []
    for await (const { name = '' } of await google.models.list({ config: { pageSize: 2 } })) names.push(name)
    expect(names).toEqual(['models/smart', 'models/only', 'models/sim/echo', 'models/sim/vendor/other'])
  })

  it('gives the official SDKs a model, names with slashes too', async () => {
    const openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k' })
    const anthropic = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k' })
    expect(await openai.models.retrieve('sim/vendor/other')).toMatchObject({ id: 'sim/vendor/other', object: 'model', owned_by: 'sim' })
    expect(await anthropic.models.retrieve('sim/echo')).toMatchObject({ id: 'sim/echo', max_input_tokens: 200_000, capabilities: null })
  })
})

describe('a model that is not there', () => {
  it('is a 404 in the dialect that was asked in', async () => {
    const openai = await get('/models/nobody/nothing')
    expect([openai.status, await openai.json()]).toEqual([404, { error: { message: expect.stringContaining('nobody/nothing') as string, type: 'invalid_request_error', param: 'model', code: 'model_not_found', request_id: openai.headers.get('x-request-id') } }])
    const anthropic = await get('/models/nobody/nothing', ANTHROPIC)
    expect([anthropic.status, await anthropic.json()]).toEqual([404, { type: 'error', error: { type: 'not_found_error', message: expect.stringContaining('nobody/nothing') as string }, request_id: anthropic.headers.get('request-id') }])
  })
})
