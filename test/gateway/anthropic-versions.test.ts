import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('anthropic', sim.url, { kind: 'anthropic' }),
      defineProvider('limited', sim.url, { kind: 'anthropic-compatible', betas: ['context-management-*'] }),
      defineProvider('compatible', sim.url, { kind: 'anthropic-compatible' }),
      defineProvider('threaded', sim.url, { kind: 'anthropic-compatible', quirks: [{ models: '*', quirks: { hasThreads: true } }] }),
    ],
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const basic = { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }
const post = (body: object, headers: Readonly<Record<string, string>>, path = '/messages'): Promise<Response> =>
  fetch(`${gateway.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ ...basic, ...body }) })

const NEW = { 'anthropic-version': '2026-10-21' }
const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }
const assistant = [{ role: 'user', content: 'hi' }, { role: 'assistant', content: [{ type: 'text', text: 'a' }, document] }]
const cited = [{ role: 'user', content: [{ type: 'text', text: 'a', citations: [{ type: 'char_location' }] }] }]

describe('version 2026-10-21 over a provider of another dialect', () => {
  it.each([
    [{ temperature: 1 }, 'temperature: Extra inputs are not permitted'],
    [{ top_p: 0.9 }, 'top_p: Extra inputs are not permitted'],
    [{ top_k: 3 }, 'top_k: Extra inputs are not permitted'],
    [{ messages: assistant }, 'messages.1.content.1.type: a `document` is not permitted directly in an assistant message'],
    [{ messages: cited }, 'messages.0.content.0.citations: Extra inputs are not permitted'],
  ])('refuses %o', async (body, message) => {
    for (const path of ['/messages', '/messages/count_tokens']) {
      const answer = await post({ model: 'chat/echo', ...body }, NEW, path)
      expect([answer.status, await answer.json()]).toEqual([400, { type: 'error', error: { type: 'invalid_request_error', message }, request_id: expect.any(String) as string }])
    }
    expect(sim.requests).toHaveLength(0)
  })

  it.each([[{ temperature: 1 }], [{ messages: assistant }]])('is not what an older client speaks, whose %o goes', async (body) => {
    const answer = await post({ model: 'chat/echo', ...body }, { 'anthropic-version': '2023-06-01' })
    expect(answer.status).toBe(200)
    await answer.arrayBuffer()
  })

  it('lets uncited text and empty citations through', async () => {
    const answer = await post({ model: 'chat/echo', messages: [{ role: 'user', content: [{ type: 'text', text: 'a', citations: [] }] }] }, NEW)
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('You said: a') as string])
  })

  const always = {
    container: null,
    diagnostics: null,
    stop_details: null,
    usage: expect.objectContaining({ inference_geo: null, speed: null, service_tier: null, cache_creation: null, server_tool_use: null, output_tokens_details: null }) as unknown,
  }

  it.each([true, false])('answers with every member that its clients count on (stream: %s)', async (stream) => {
    const client = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k' })
    sim.script({ tool: 'weather', toolArguments: '{}' })
    const params = { model: 'chat/echo', ...basic, messages: [{ role: 'user' as const, content: 'hi' }] }
    const message = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(message).toMatchObject({ ...always, content: [{ type: 'tool_use', name: 'weather', caller: { type: 'direct' } }] })
    expect(message.usage.input_tokens).toBe(11)
    const again = await post({ model: 'chat/echo', messages: [...params.messages, { role: 'assistant', content: message.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: (message.content[0] as Anthropic.ToolUseBlock).id, content: 'x' }] }] }, NEW)
    expect([again.status, again.headers.get('x-trunkline-losses')]).toEqual([200, null])
    await again.arrayBuffer()
  })

  it('has them in the last event of a stream, too', async () => {
    const text = await (await post({ model: 'chat/echo', stream: true }, NEW)).text()
    const delta = JSON.parse(/event: message_delta\ndata: (.*)/.exec(text)?.[1] ?? '') as object
    expect(delta).toMatchObject({ delta: { container: null, stop_details: null, stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens_details: null, server_tool_use: null, cache_creation_input_tokens: 0 } })
  })

  it('leaves answers for older clients as they were', async () => {
    const answer = (await (await post({ model: 'chat/echo' }, { 'anthropic-version': '2023-06-01' })).json()) as object
    expect(Object.keys(answer)).not.toContain('container')
  })
})

describe('anthropic-version and anthropic-beta', () => {
  const betas = 'context-management-2025-06-27,thinking-display-updates-2026-08-18,unheard-of-2099-01-01'
  const body = { context_management: { edits: [] }, thinking: { type: 'adaptive', display: 'updates' } }
  const sent = (): { readonly headers: unknown; readonly body: unknown } => {
    const last = sim.requests.at(-1)
    return { headers: last?.headers, body: JSON.parse(last?.body.toString() ?? '') as unknown }
  }

  it('reach Anthropic unchanged, known or not, with their fields', async () => {
    const answer = await post({ model: 'anthropic/echo', temperature: 1, ...body }, { ...NEW, 'anthropic-beta': betas })
    await answer.arrayBuffer()
    expect(sent()).toMatchObject({ headers: { 'anthropic-version': '2026-10-21', 'anthropic-beta': betas }, body: { temperature: 1, ...body } })
    expect(answer.headers.get('x-trunkline-losses')).toBeNull()
  })

  it('LT-J02 reach a provider that knows some of them without the others and their fields, which is told', async () => {
    const answer = await post({ model: 'limited/echo', ...body }, { ...NEW, 'anthropic-beta': betas })
    await answer.arrayBuffer()
    expect(sent()).toMatchObject({ headers: { 'anthropic-beta': 'context-management-2025-06-27' }, body: { context_management: { edits: [] }, thinking: { type: 'adaptive' } } })
    expect(sent().body).not.toHaveProperty('thinking.display')
    expect(answer.headers.get('x-trunkline-losses')).toBe('dropped:/thinking/display')
  })

  it('are limited for a count, and in a request that is translated within the dialect', async () => {
    await (await post({ model: 'limited/echo', ...body }, { 'anthropic-beta': betas }, '/messages/count_tokens')).arrayBuffer()
    expect(sent().body).not.toHaveProperty('thinking.display')
    const answer = await post({ model: 'limited/echo', ...body, output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } }, { 'anthropic-beta': betas })
    await answer.arrayBuffer()
    expect(sent()).toMatchObject({ headers: { 'anthropic-beta': 'context-management-2025-06-27' }, body: { context_management: { edits: [] } } })
    expect(answer.headers.get('x-trunkline-losses')).toContain('dropped:/thinking/display')
  })

  it('are refused where a field must not vanish, or losses are not wanted', async () => {
    const refused = await post({ model: 'limited/echo', mcp_servers: [{}] }, { 'anthropic-beta': 'mcp-client-2025-11-20' })
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('`/mcp_servers`') as string])
    const strict = await post({ model: 'limited/echo', ...body }, { 'anthropic-beta': betas, 'x-trunkline-on-loss': 'reject' })
    expect([strict.status, await strict.text()]).toEqual([400, expect.stringContaining('`/thinking/display`') as string])
    expect(sim.requests).toHaveLength(0)
  })
})

describe('a thread', () => {
  const THREAD = { thread: { type: 'create' } }
  const BETAS = 'message-threads-2026-09-01,fast-mode-2026-02-01'

  it.each(['compatible', 'limited'])('is refused for a provider that keeps none, in the words at which a tool runner sends all: %s', async (provider) => {
    for (const headers of [{ 'anthropic-beta': BETAS }, {}]) {
      const answer = await post({ model: `${provider}/echo`, ...THREAD }, headers)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', message: expect.stringContaining('/thread') as string, details: { error_code: 'thread_unsupported_request' } } })
    }
    expect(sim.requests).toEqual([])
  })

  it.each(['anthropic', 'threaded'])('reaches a provider that keeps them: %s', async (provider) => {
    expect((await post({ model: `${provider}/echo`, ...THREAD }, { 'anthropic-beta': BETAS })).status).toBe(200)
    expect(sim.requests.at(-1)?.headers['anthropic-beta']).toBe(BETAS)
    expect(JSON.parse(sim.requests.at(-1)?.body.toString() ?? '')).toMatchObject(THREAD)
  })

  it('that is not used costs a provider without threads only its beta', async () => {
    expect((await post({ model: 'compatible/echo', speed: 'fast' }, { 'anthropic-beta': BETAS })).status).toBe(200)
    expect(sim.requests.at(-1)?.headers['anthropic-beta']).toBe('fast-mode-2026-02-01')
    expect(JSON.parse(sim.requests.at(-1)?.body.toString() ?? '')).toMatchObject({ speed: 'fast' })
  })
})
