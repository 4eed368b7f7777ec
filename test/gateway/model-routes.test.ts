import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { ProviderId } from '../../src/domain/ids.ts'
import type { RouteNode } from '../../src/domain/route.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let chat: ProviderSimulator
let messages: ProviderSimulator
let gateway: ModelGateway

const target = (provider: string, model: string, more: object = {}): RouteNode => ({ kind: 'target', provider: provider as ProviderId, model, ...more })
const SETTINGS = { parameters: { top_k: 7, temperature: 0.5, 'x-new': { deep: [1] } }, overrides: { metadata: { user_id: 'gateway' } } }

beforeEach(async () => {
  chat = await createProviderSimulator()
  messages = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [defineProvider('chat', chat.url), defineProvider('messages', messages.url, { kind: 'anthropic-compatible' }), defineProvider('openrouter', chat.url)],
    routes: {
      tuned: target('chat', 'echo', SETTINGS),
      crossed: target('messages', 'echo', SETTINGS),
      agent: {
        kind: 'roles',
        main: target('messages', 'main'),
        ways: { background: target('messages', 'background'), thinking: target('messages', 'thinking'), longContext: target('messages', 'long'), webSearch: target('messages', 'web'), subAgent: target('messages', 'sub') },
        longContextAbove: 10_000,
      },
    },
    rules: [
      { pattern: 'claude-*haiku*', root: { kind: 'roles', main: target('messages', 'main'), ways: { background: target('messages', 'background') }, longContextAbove: 10_000 } },
      { pattern: 'gpt-*', root: target('chat', 'openai/gpt-*') },
    ],
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await chat.close()
  await messages.close()
})

async function post(path: string, body: object | string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
  expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, ''])
  await response.arrayBuffer()
  return response
}

const lastBody = (sim: ProviderSimulator): string => sim.requests.at(-1)?.body.toString() ?? ''
const USER = [{ role: 'user', content: 'hello' }]

describe('what a route sets for its target', () => {
  it('is added to bytes that pass through, but for what the client set', async () => {
    await post('/chat/completions', '{"model":"tuned", "temperature": 1.0,"messages":[{"role":"user","content":"caf\\u00e9"}],"metadata":{"user_id":"client"}}')
    expect(lastBody(chat)).toBe(
      '{"model":"echo", "temperature": 1.0,"messages":[{"role":"user","content":"caf\\u00e9"}],"metadata":{"user_id":"gateway"},"top_k":7,"x-new":{"deep":[1]}}',
    )
  })

  it('is added to a body that was translated', async () => {
    await post('/chat/completions', { model: 'crossed', max_tokens: 50, temperature: 1, messages: USER })
    expect(JSON.parse(lastBody(messages))).toMatchObject({ model: 'echo', max_tokens: 50, temperature: 1, top_k: 7, 'x-new': { deep: [1] }, metadata: { user_id: 'gateway' } })
  })

  it('holds for streams, and adds nothing elsewhere', async () => {
    await post('/chat/completions', { model: 'tuned', stream: true, messages: USER })
    expect(JSON.parse(lastBody(chat))).toMatchObject({ model: 'echo', stream: true, top_k: 7, temperature: 0.5, stream_options: { include_usage: true } })
    await post('/chat/completions', { model: 'chat/echo', messages: USER })
    expect(JSON.parse(lastBody(chat))).toEqual({ model: 'echo', messages: USER })
  })
})

describe('names', () => {
  const served = async (model: string, more: object = {}): Promise<string | null> => (await post('/chat/completions', { model, messages: USER, ...more })).headers.get('x-trunkline-target')

  it('lead to the model that a rule makes of them', async () => {
    expect(await served('gpt-5.1-mini')).toBe('chat/openai/gpt-5.1-mini')
    expect(JSON.parse(lastBody(chat))).toMatchObject({ model: 'openai/gpt-5.1-mini' })
  })

  it('of other vendors go to OpenRouter as they are', async () => {
    expect(await served('qwen/qwen3-coder')).toBe('openrouter/qwen/qwen3-coder')
    expect(JSON.parse(lastBody(chat))).toMatchObject({ model: 'qwen/qwen3-coder' })
  })
})

describe('roles of a coding agent, as Claude Code asks', () => {
  const CLAUDE_CODE = {
    max_tokens: 100,
    thinking: { type: 'adaptive', display: 'updates' },
    system: [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.329.a7a' }, { type: 'text', text: 'You are Claude Code.' }],
    tools: [{ name: 'Read', input_schema: { type: 'object' } }],
    messages: USER,
  }
  const role = async (model: string, more: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<string | null> => {
    const response = await post('/messages', { model, ...CLAUDE_CODE, ...more }, { 'anthropic-version': '2023-06-01', ...headers })
    return response.headers.get('x-trunkline-target')
  }

  it.each<[string, object, Record<string, string>]>([
    ['main', {}, {}],
    ['thinking', { output_config: { effort: 'max' } }, {}],
    ['thinking', { thinking: { type: 'enabled', budget_tokens: 2048 } }, {}],
    ['web', { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }] }, {}],
    ['sub', {}, { 'x-claude-code-agent-id': 'agent-1' }],
    ['long', { messages: [{ role: 'user', content: 'word '.repeat(9_000) }] }, {}],
  ])('%s', async (expected, more, headers) => {
    expect(await role('agent', more, headers)).toBe(`messages/${expected}`)
  })

  it('background, by the name that it asks for', async () => {
    expect(await role('claude-haiku-4-5')).toBe('messages/background')
    expect(await role('claude-haiku-4-5', { messages: [{ role: 'user', content: 'word '.repeat(9_000) }] })).toBe('messages/background')
  })
})
