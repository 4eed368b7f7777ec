import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ script: { inputTokens: 4711 } })
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('responses', sim.url, { kind: 'openai' }),
      defineProvider('messages', sim.url, { kind: 'anthropic' }),
      defineProvider('gemini', `${sim.origin}/v1beta`, { kind: 'google' }),
      defineProvider('uncounted', `${sim.origin}/nothing/here`, { kind: 'anthropic-compatible' }),
    ],
    fallbacks: { mixed: ['chat/echo', 'gemini/echo'] },
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const TOOL = { name: 'weather', description: 'Tells the weather.', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }
const body = (model: string, more: object = {}): string => JSON.stringify({ model, system: 'be kind', messages: [{ role: 'user', content: 'hello 世界' }], tools: [TOOL], ...more })

async function count(path: string, text: string): Promise<{ readonly status: number; readonly answer: unknown; readonly headers: Headers }> {
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })
  return { status: response.status, answer: await response.json(), headers: response.headers }
}
const sent = (): unknown => JSON.parse(sim.requests.at(-1)?.body.toString() ?? '')

describe('count_tokens of a Messages client', () => {
  it('is asked of Gemini, with instructions and tools', async () => {
    const { answer, headers } = await count('/messages/count_tokens', body('gemini/echo'))
    expect(answer).toEqual({ input_tokens: 4711 })
    expect([headers.get('x-trunkline-plan'), headers.get('x-trunkline-token-count')]).toEqual(['translate:anthropic-messages>google-generate-content', null])
    expect(sim.requests.at(-1)?.path).toBe('/v1beta/models/echo:countTokens')
    expect(sent()).toMatchObject({ generateContentRequest: { model: 'models/echo', contents: [{ role: 'user', parts: [{ text: 'hello 世界' }] }], systemInstruction: { parts: [{ text: 'be kind' }] }, tools: [{ functionDeclarations: [{ name: 'weather' }] }] } })
  })

  it('is asked of OpenAI without the members that a count does not take', async () => {
    const { answer } = await count('/messages/count_tokens', body('responses/gpt-4.1', { max_tokens: 100, stream: true, metadata: { user_id: 'u' } }))
    expect(answer).toEqual({ input_tokens: 4711 })
    expect(sim.requests.at(-1)?.path).toBe('/v1/responses/input_tokens')
    expect(Object.keys(sent() as object).toSorted()).toEqual(['input', 'instructions', 'model', 'tools'])
  })

  it('LT-L09 is an estimate where nobody can count, and says so', async () => {
    const { status, answer, headers } = await count('/messages/count_tokens', body('chat/echo'))
    expect([status, headers.get('x-trunkline-token-count'), sim.requests.length]).toEqual([200, 'estimated', 0])
    expect((answer as { input_tokens: number }).input_tokens).toBeGreaterThan(350)
  })

  it('is an estimate where a compatible server has no such path', async () => {
    const { status, headers } = await count('/messages/count_tokens', body('uncounted/echo'))
    expect([status, headers.get('x-trunkline-token-count'), sim.requests.length]).toEqual([200, 'estimated', 1])
  })

  it('is an estimate for what the dialect that counts cannot express', async () => {
    const { status, headers } = await count('/messages/count_tokens', body('gemini/echo', { tools: [{ type: 'advisor_20260301', name: 'advisor' }] }))
    expect([status, headers.get('x-trunkline-token-count'), sim.requests.length]).toEqual([200, 'estimated', 0])
  })

  it('LT-P13 estimates for a message without a role and no tools', async () => {
    const { status, answer } = await count('/messages/count_tokens?beta=true', '{"messages":[{"content":"foo"}],"tools":[],"model":"chat/echo"}')
    expect([status, answer]).toEqual([200, { input_tokens: 9 }])
  })

  it('is asked of the target that can count before it is estimated', async () => {
    const { answer, headers } = await count('/messages/count_tokens', body('mixed'))
    expect([answer, headers.get('x-trunkline-target')]).toEqual([{ input_tokens: 4711 }, 'gemini/echo'])
  })

  it('fails as the provider does when it is only sick', async () => {
    sim.script({ fault: 'status', status: 503 })
    expect((await count('/messages/count_tokens', body('gemini/echo'))).status).toBe(503)
  })
})

describe(':countTokens of a Gemini client', () => {
  const question = JSON.stringify({ generateContentRequest: { model: 'models/messages/echo', systemInstruction: { parts: [{ text: 'be kind' }] }, contents: [{ role: 'user', parts: [{ text: 'hello' }] }], generationConfig: { maxOutputTokens: 5 } } })
  const ask = (model: string, text: string) => {
    const url = gateway.url
    return fetch(`${url.replace(/\/v1$/, '/v1beta')}/models/${model}:countTokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })
  }

  it('is asked of Anthropic, without `max_tokens`, which a count refuses', async () => {
    const response = await ask('messages/echo', question)
    expect(await response.json()).toEqual({ totalTokens: 4711 })
    expect(sim.requests.at(-1)?.path).toBe('/v1/messages/count_tokens')
    expect(sent()).toEqual({ model: 'echo', system: [{ type: 'text', text: 'be kind' }], messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] })
  })

  it('is an estimate over Chat Completions, which has no count', async () => {
    const response = await ask('chat/echo', JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }))
    expect([response.headers.get('x-trunkline-token-count'), await response.json()]).toEqual(['estimated', { totalTokens: 9 }])
  })
})

describe('a translated stream', () => {
  it('LT-H08 begins with an estimate of its input: characters of CJK count, letters of an image do not', async () => {
    const start = async (content: unknown): Promise<number> => {
      const response = await fetch(`${gateway.url}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'chat/echo', max_tokens: 9, stream: true, messages: [{ role: 'user', content }] }) })
      const event = /event: message_start\ndata: (.*)/.exec(await response.text())?.[1] ?? ''
      return (JSON.parse(event) as { message: { usage: { input_tokens: number } } }).message.usage.input_tokens
    }
    expect(await start('界'.repeat(1_000))).toBeGreaterThanOrEqual(1_000)
    expect(await start([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) } }])).toBeLessThan(2_000)
  })
})
