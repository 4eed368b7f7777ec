import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let client: Anthropic

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('openai', sim.url, { kind: 'openai' }),
      defineProvider('openrouter', sim.url, { kind: 'openrouter' }),
      defineProvider('gemini', `${sim.origin}/v1beta`, { kind: 'google' }),
      defineProvider('responses', sim.url, { dialects: ['openai-responses'] }),
      defineProvider('anthropic', sim.url, { kind: 'anthropic' }),
      defineProvider('alike', sim.url, { kind: 'anthropic-compatible' }),
    ],
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
  client = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k', maxRetries: 0 })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const sent = (): Record<string, unknown> => JSON.parse(sim.requests.at(-1)?.body.toString() ?? '') as Record<string, unknown>
const basic = { max_tokens: 100, messages: [{ role: 'user' as const, content: 'look' }] }

async function ask(model: string, more: object): Promise<{ readonly status: number; readonly losses: readonly string[]; readonly text: string }> {
  const response = await fetch(`${gateway.url}/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }, body: JSON.stringify({ model, ...basic, ...more }) })
  return { status: response.status, losses: (response.headers.get('x-trunkline-losses') ?? '').split(', '), text: await response.text() }
}

const BASH = { type: 'bash_20250124', name: 'bash' } as const
const EDITOR = { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool', max_characters: 5000 } as const
const MEMORY = { type: 'memory_20250818', name: 'memory' } as const
const COMPUTER = { type: 'computer_20250124', name: 'computer', display_width_px: 1024, display_height_px: 768 } as const

const PLACES = {
  chat: (body: Record<string, unknown>) => (body['tools'] as { function: unknown }[]).map((tool) => tool.function),
  responses: (body: Record<string, unknown>) => body['tools'] as unknown[],
  gemini: (body: Record<string, unknown>) => (body['tools'] as { functionDeclarations: unknown[] }[])[0]?.functionDeclarations,
} as const

describe.each(['chat', 'responses', 'gemini'] as const)('tools that the client runs itself, over %s', (provider) => {
  it.each([true, false])('are functions with their schema, called and answered as the client knows them (stream: %s)', async (stream) => {
    sim.script({ tool: 'bash', toolArguments: '{"command":"ls"}' })
    const params = { ...basic, model: `${provider}/echo`, tools: [BASH, EDITOR] }
    const message = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(message).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'bash', input: { command: 'ls' } }] })
    expect(PLACES[provider](sent())).toMatchObject([{ name: 'bash' }, { name: 'str_replace_based_edit_tool' }])
    expect(JSON.stringify(sent())).toContain('"enum":["view","create","str_replace","insert"]')
    const call = message.content[0] as Anthropic.ToolUseBlock
    await client.messages.create({ ...params, messages: [...basic.messages, { role: 'assistant', content: [call] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'a.txt' }] }] })
    expect(JSON.stringify(sent())).toContain('a.txt')
  })

  it('are told as approximated, and what is not known of them as lost', async () => {
    const { status, losses } = await ask(`${provider}/echo`, { tools: [MEMORY, { ...COMPUTER, strict: true, new_member: 1 }] })
    expect([status, losses.toSorted()]).toEqual([200, ['approximated:/tools/0', 'approximated:/tools/1', 'dropped:/tools/1/new_member', 'dropped:/tools/1/strict']])
    expect(JSON.stringify(sent())).toContain('1024 × 768')
  })

  it('can be chosen', async () => {
    expect((await ask(`${provider}/echo`, { tools: [BASH], tool_choice: { type: 'tool', name: 'bash' } })).status).toBe(200)
    expect(JSON.stringify(sent()['tool_choice'] ?? sent()['toolConfig'])).toContain('bash')
  })
})

const SEARCH = { type: 'web_search_20250305', name: 'web_search', max_uses: 8 }
const LOCATION = { type: 'approximate', city: 'Zürich', country: 'CH' }

describe('LT-J05 web_search', () => {
  it('is OpenAI’s own in Responses, which it goes by for that', async () => {
    const { status, losses } = await ask('openai/gpt-4.1', { tools: [{ ...SEARCH, allowed_domains: ['example.com'], user_location: LOCATION }], tool_choice: { type: 'tool', name: 'web_search' } })
    expect([status, losses]).toEqual([200, ['dropped:/tools/0/max_uses', 'approximated:/tools/0']])
    expect(sim.requests.at(-1)?.path).toBe('/v1/responses')
    expect(sent()).toMatchObject({ tools: [{ type: 'web_search', user_location: LOCATION, filters: { allowed_domains: ['example.com'] } }], tool_choice: { type: 'web_search' } })
  })

  it('stands beside functions', async () => {
    const weather = { name: 'weather', input_schema: { type: 'object' } }
    expect((await ask('responses/echo', { tools: [weather, SEARCH], tool_choice: { type: 'any' } })).status).toBe(200)
    expect(sent()).toMatchObject({ tools: [{ type: 'function', name: 'weather' }, { type: 'web_search' }], tool_choice: 'required' })
  })

  it('is `web_search_options` for OpenAI’s models that search in Chat Completions', async () => {
    expect((await ask('openai/gpt-4o-search-preview', { tools: [{ ...SEARCH, user_location: LOCATION }] })).status).toBe(200)
    expect(sim.requests.at(-1)?.path).toBe('/v1/chat/completions')
    expect(sent()).toMatchObject({ web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Zürich', country: 'CH' } } } })
    expect(sent()).not.toHaveProperty('tools')
  })

  it('is OpenRouter’s server tool', async () => {
    expect((await ask('openrouter/x/y', { tools: [{ ...SEARCH, allowed_domains: ['example.com'] }] })).status).toBe(200)
    expect(sent()).toMatchObject({ tools: [{ type: 'openrouter:web_search', parameters: { allowed_domains: ['example.com'] } }] })
  })

  it('is `googleSearch` for Gemini', async () => {
    const { status, losses } = await ask('gemini/echo', { tools: [SEARCH], tool_choice: { type: 'tool', name: 'web_search' } })
    expect([status, losses]).toEqual([200, ['dropped:/tools/0/max_uses', 'approximated:/tools/0', 'approximated:/tool_choice']])
    expect(sent()).toMatchObject({ tools: [{ googleSearch: {} }] })
    expect(sent()).not.toHaveProperty('toolConfig')
  })

  it.each([
    ['chat/echo', { tools: [SEARCH] }, '`/tools/0` cannot be sent to the provider of this model: the provider is not known to search the web itself, which `web_search_20250305` asks for'],
    ['gemini/echo', { tools: [{ ...SEARCH, allowed_domains: ['a.com'] }] }, '`/tools/0/allowed_domains`'],
    ['responses/echo', { tools: [{ ...SEARCH, blocked_domains: ['a.com'] }] }, '`/tools/0/blocked_domains`'],
    ['responses/echo', { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }, 'a tool like `code_execution_20250825`'],
    ['chat/echo', { tools: [{ type: 'bash_99', name: 'bash' }] }, 'a tool like `bash_99`'],
  ])('is refused by name over %s with %o', async (model, more, message) => {
    const { status, text } = await ask(model, more)
    expect([status, sim.requests.length]).toEqual([400, 0])
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toContain(message)
  })
})

describe('tools of OpenAI’s Responses that Anthropic has as well', () => {
  const respond = async (model: string, more: object): Promise<{ readonly status: number; readonly losses: string | null; readonly text: string }> => {
    const response = await fetch(`${gateway.url}/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, input: 'look', ...more }) })
    return { status: response.status, losses: response.headers.get('x-trunkline-losses'), text: await response.text() }
  }
  const MCP = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example.com/mcp', require_approval: 'never' }

  it('LT-J05 search the web', async () => {
    const { status, losses } = await respond('anthropic/claude-opus-5', { tools: [{ type: 'web_search' }] })
    expect([status, losses]).toEqual([200, 'approximated:/tools/0'])
    expect(sent()).toMatchObject({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
    expect((await respond('alike/m', { tools: [{ type: 'web_search' }] })).losses).toBe('dropped:/tools/0')
  })

  it('LT-J02 call MCP servers, which is told with its beta', async () => {
    expect((await respond('anthropic/claude-opus-5', { tools: [MCP] })).status).toBe(200)
    expect(sent()).toMatchObject({ mcp_servers: [{ type: 'url', name: 'docs' }], tools: [{ type: 'mcp_toolset', mcp_server_name: 'docs' }] })
    expect(sim.requests.at(-1)?.headers['anthropic-beta']).toBe('mcp-client-2025-11-20')
  })

  it('are refused by name where the provider is not known to have them', async () => {
    const { status, text } = await respond('alike/m', { tools: [MCP] })
    expect([status, sim.requests.length]).toEqual([400, 0])
    expect(text).toContain('`/tools/0`')
  })

  it('call the MCP servers of Anthropic’s clients', async () => {
    const { status } = await ask('responses/echo', { mcp_servers: [{ type: 'url', name: 'docs', url: 'https://docs.example.com/mcp', authorization_token: 't' }] })
    expect(status).toBe(200)
    expect(sent()).toMatchObject({ tools: [{ ...MCP, authorization: 't' }] })
  })
})
