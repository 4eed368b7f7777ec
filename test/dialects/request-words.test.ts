import { describe, expect, it } from 'vitest'
import type { DialectQuirks } from '../../src/domain/dialect-quirks.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { at, translateRequest } from '../requirements/translate.ts'
import { codecOf, openSeals, readRequest } from './fixtures.ts'

const chat = (more: JsonObject): JsonObject => ({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more })
const responses = (more: JsonObject): JsonObject => ({ model: 'm', input: 'hi', ...more })
const messages = (more: JsonObject): JsonObject => ({ model: 'm', max_tokens: 9_000, messages: [{ role: 'user', content: 'hi' }], ...more })
const lossesOf = (from: Dialect, to: Dialect, body: JsonObject, quirks: DialectQuirks = {}): readonly string[] => translateRequest(from, to, body, quirks).losses.map(({ kind, path }) => `${kind}:${path}`)

describe('whoever the client acts for', () => {
  const long = `user_${'7'.repeat(60)}_session`

  it.each(['openai-chat', 'openai-responses'] as const)('is sent to %s as it is up to 64 characters, and as a digest above', (to) => {
    const member = to === 'openai-chat' ? 'user' : 'safety_identifier'
    const sent = (id: string): unknown => translateRequest('anthropic-messages', to, messages({ metadata: { user_id: id } })).body[member]
    expect(sent('a@b.example')).toBe('a@b.example')
    expect(sent('x'.repeat(64))).toBe('x'.repeat(64))
    expect(sent(long)).toMatch(/^[0-9a-f]{64}$/)
    expect(sent(long)).toBe(sent(long))
    expect(sent(`${long}2`)).not.toBe(sent(long))
    expect(lossesOf('anthropic-messages', to, messages({ metadata: { user_id: long } }))).toEqual(['approximated:/metadata/user_id'])
  })

  it('is a digest for Anthropic above 256 characters', () => {
    expect(at(translateRequest('openai-chat', 'anthropic-messages', chat({ user: 'x'.repeat(257) })).body, 'metadata', 'user_id')).toMatch(/^[0-9a-f]{64}$/)
    expect(lossesOf('openai-chat', 'anthropic-messages', chat({ user: 'x'.repeat(257) }))).toEqual(['approximated:/user'])
    expect(lossesOf('openai-chat', 'anthropic-messages', chat({ safety_identifier: 'x'.repeat(257) }))).toEqual(['approximated:/safety_identifier'])
  })
})

describe('a Chat provider that refuses what it does not know', () => {
  it('is sent nothing of OpenAI’s own, and each is named where the client wrote it', () => {
    const body = responses({ prompt_cache_key: 'k', metadata: { a: 'b' }, service_tier: 'flex', text: { verbosity: 'low' }, safety_identifier: 'u' })
    const { body: sent } = translateRequest('openai-responses', 'openai-chat', body, { refusesUnknownMembers: true })
    expect(Object.keys(sent)).toEqual(['model', 'messages'])
    expect(lossesOf('openai-responses', 'openai-chat', body, { refusesUnknownMembers: true }).toSorted()).toEqual(['dropped:/metadata', 'dropped:/prompt_cache_key', 'dropped:/safety_identifier', 'dropped:/service_tier', 'dropped:/text/verbosity'])
    expect(lossesOf('openai-responses', 'openai-chat', body)).toEqual([])
  })

  it('is sent no cache marks in OpenAI’s words', () => {
    const marked = { model: 'm', input: [{ role: 'user', content: [{ type: 'input_text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } }] }] }
    expect(lossesOf('openai-responses', 'openai-chat', marked, { refusesUnknownMembers: true })).toEqual(['dropped:/input/0/content/0/prompt_cache_breakpoint'])
    expect(at(translateRequest('openai-responses', 'openai-chat', marked).body, 'messages', 0, 'content', 0)).toEqual({ type: 'text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } })
  })
})

describe('OpenAI’s own tools of Chat Completions', () => {
  const quirks = { hasOpenaiTools: true }

  it('LT-K01 are custom with their grammar, and calls of them stay text', () => {
    const { body, losses, encoded } = translateRequest('openai-responses', 'openai-chat', readRequest('openai-responses', 'codex-exec-in-group'), quirks)
    expect(body['tools']).toEqual([{ type: 'custom', custom: { name: 'shell__exec', description: 'Runs things.\n\nRuns code.', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: /.+/s' } } } }])
    expect(at(body, 'messages', 2, 'tool_calls', 0)).toEqual({ id: 'call_1', type: 'custom', custom: { name: 'shell__exec', input: 'echo hi' } })
    // The name goes back to the client’s; the text was never anything else.
    expect(encoded.tools.get('shell__exec')).toEqual({ name: 'exec', namespace: 'shell' })
    expect(losses.map(({ path }) => path)).toEqual(['/input/0/tools/0/description'])
  })

  it('are all offered where only some may be called', () => {
    const { body } = translateRequest('openai-responses', 'openai-chat', readRequest('openai-responses', 'allowed-tools'), quirks)
    expect(body['tools']).toHaveLength(3)
    expect(body['tool_choice']).toEqual({ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'read' } }, { type: 'function', function: { name: 'list' } }] } })
  })
})

describe('a custom tool’s call that is no longer offered', () => {
  it.each([
    ['anthropic-messages', ['messages', 3, 'content', 0, 'input']],
    ['google-generate-content', ['contents', 3, 'parts', 0, 'functionCall', 'args']],
    ['ollama-chat', ['messages', 4, 'tool_calls', 0, 'function', 'arguments']],
  ] as const)('is replayed to %s as any other', (to, place) => {
    expect(at(translateRequest('openai-responses', to, readRequest('openai-responses', 'codex-exec-in-group')).body, ...place)).toEqual({ input: 'not offered any more' })
  })
})

describe('thinking of Anthropic’s after a tool call whose thought is lost', () => {
  const lost = { ...chat({ reasoning_effort: 'high', max_tokens: 20_000 }), messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a', content: 'ok' }] }
  const encode = (model: string): { readonly body: JsonObject; readonly losses: readonly unknown[] } => {
    const { value, losses } = codecOf('anthropic-messages').translation.encodeRequest(codecOf('openai-chat').translation.decodeRequest(lost), { target: { provider: 'p', model }, seals: openSeals, quirks: {} })
    return { body: value.body, losses }
  }

  it.each(['claude-opus-5', 'claude-opus-4-7', 'claude-sonnet-4-6-20260217', 'anthropic/claude-opus-4.6'])('goes on where effort is asked for: %s', (model) => {
    expect(encode(model)).toMatchObject({ body: { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, losses: [] })
  })

  it.each(['claude-sonnet-4-5', 'claude-opus-4-20250514', 'claude-opus-4-1', 'claude-3-7-sonnet-latest'])('LT-E03 is left out where a budget is, which the provider would refuse: %s', (model) => {
    const { body, losses } = encode(model)
    expect(body).not.toHaveProperty('thinking')
    expect(losses).toMatchObject([{ path: '/reasoning_effort', kind: 'dropped' }])
  })
})

describe('the seal of a call in `extra_content`', () => {
  const sealed = (signature: string): JsonObject => ({ model: 'm', messages: [{ role: 'user', content: 'x' }, { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: { google: { thought_signature: signature } } }] }, { role: 'tool', tool_call_id: 'a', content: 'ok' }] })
  const sent = (signature: string): unknown => at(translateRequest('openai-chat', 'google-generate-content', sealed(signature)).body, 'contents', 1, 'parts', 0, 'thoughtSignature')

  it('LT-E08 LT-E19 goes back to Google as it came', () => {
    expect([sent('CiQBAbc='), sent('sealed:p/m:call:CiQB')]).toEqual(['CiQBAbc=', 'CiQB'])
  })

  it('LT-E11 goes nowhere when the gateway made it for another model', () => {
    expect(sent('tl1.for-another.mac')).toBe('skip_thought_signature_validator')
    expect(lossesOf('openai-chat', 'google-generate-content', sealed('tl1.for-another.mac'))).toContain('dropped:/messages/1/tool_calls/0/extra_content/google/thought_signature')
  })

  it('is read once where it is among the details, too', () => {
    const twice = sealed('sealed:p/m:call:CiQB')
    const [user, assistant, tool] = twice['messages'] as readonly [JsonObject, JsonObject, JsonObject]
    const { body } = translateRequest('openai-chat', 'google-generate-content', { ...twice, messages: [user, { ...assistant, reasoning_details: [{ type: 'reasoning.encrypted', data: 'sealed:p/m:call:CiQB' }] }, tool] })
    expect(at(body, 'contents', 1, 'parts')).toEqual([{ functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'CiQB' }])
  })
})

describe('a search of the web', () => {
  const search = (more: JsonObject): JsonObject => responses({ tools: [{ type: 'web_search', ...more }] })

  it('LT-J05 is not made on the live web for a client that wants none', () => {
    expect(lossesOf('openai-responses', 'anthropic-messages', search({ external_web_access: false }), { hasServerTools: true })).toEqual(['dropped:/tools/0'])
    expect(translateRequest('openai-responses', 'google-generate-content', search({ external_web_access: false })).body).not.toHaveProperty('tools')
  })

  it('is forced where it was, and left to a model that thinks', () => {
    const forced = { ...search({}), tool_choice: { type: 'web_search' } }
    expect(translateRequest('openai-responses', 'anthropic-messages', forced, { hasServerTools: true }).body).toMatchObject({ tools: [{ type: 'web_search_20250305' }], tool_choice: { type: 'tool', name: 'web_search' } })
    expect(lossesOf('openai-responses', 'anthropic-messages', { ...forced, reasoning: { effort: 'high' } }, { hasServerTools: true })).toEqual(['approximated:/tools/0', 'approximated:/tool_choice'])
  })

  it('is not offered beside a function of its name', () => {
    const body = responses({ tools: [{ type: 'web_search' }, { type: 'function', name: 'web_search', parameters: { type: 'object' } }] })
    expect(translateRequest('openai-responses', 'anthropic-messages', body, { hasServerTools: true }).body['tools']).toMatchObject([{ name: 'web_search', input_schema: { type: 'object' } }])
  })

  it('is told to the other dialect of OpenAI in its words, with all its settings', () => {
    const { body } = translateRequest('openai-responses', 'openai-chat', search({ search_context_size: 'high', user_location: { type: 'approximate', city: 'Bern' } }), { webSearch: 'web_search_options' })
    expect(body['web_search_options']).toEqual({ search_context_size: 'high', user_location: { type: 'approximate', approximate: { city: 'Bern' } } })
  })
})

describe('MCP servers that the provider calls', () => {
  const server = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example.com/mcp', require_approval: 'never' }
  const refusal = (more: JsonObject): string => {
    try {
      translateRequest('openai-responses', 'anthropic-messages', responses({ tools: [{ ...server, ...more }] }), { hasServerTools: true })
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
    return ''
  }

  it.each([
    [{ require_approval: 'always' }, '/tools/0/require_approval'],
    [{ require_approval: null }, '/tools/0/require_approval'],
    [{ connector_id: 'connector_gmail' }, '/tools/0/connector_id'],
    [{ headers: { a: 'b' } }, '/tools/0/headers'],
    [{ server_url: null }, '/tools/0/server_url'],
    [{ allowed_tools: { read_only: true } }, '/tools/0/allowed_tools/read_only'],
  ] as const)('are refused by name where the other side could not keep %o', (more, path) => {
    expect(refusal(more)).toContain(`\`${path}\``)
  })

  it('come back as they were', () => {
    const first = translateRequest('openai-responses', 'anthropic-messages', responses({ tools: [{ ...server, authorization: 't', allowed_tools: { tool_names: ['a', 'b'] } }] }), { hasServerTools: true }).body
    expect(translateRequest('anthropic-messages', 'openai-responses', first).body['tools']).toEqual([{ ...server, authorization: 't', allowed_tools: ['a', 'b'] }])
  })
})

describe('tools that wait to be found', () => {
  it('LT-J04 are offered from the start where the provider’s own search is gone', () => {
    const { body, losses } = translateRequest('anthropic-messages', 'openai-chat', readRequest('anthropic-messages', 'tool-search'))
    expect(body['tools']).toMatchObject([{ function: { name: 'read' } }, { function: { name: 'send_mail' } }])
    expect(losses).toMatchObject([{ path: '/tools/0', kind: 'approximated' }])
  })

  it('LT-J04 are not offered where the client brings them up itself', () => {
    const { body } = translateRequest('anthropic-messages', 'openai-chat', readRequest('anthropic-messages', 'deferred-tools'))
    expect(body['tools']).toMatchObject([{ function: { name: 'search' } }, { function: { name: 'found' } }])
  })
})

describe('cache marks', () => {
  it('LT-H11 are kept with their time where the provider passes them on, and named where a text is joined', () => {
    const { body } = translateRequest('anthropic-messages', 'openai-chat', readRequest('anthropic-messages', 'cache-marks'), { takesCacheControl: true })
    expect(at(body, 'messages', 0, 'content', 0, 'cache_control')).toEqual({ type: 'ephemeral', ttl: '1h' })
    const said = messages({ messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: [{ type: 'text', text: 'y', cache_control: { type: 'ephemeral' } }] }] })
    expect(lossesOf('anthropic-messages', 'openai-chat', said)).toEqual(['dropped:/messages/1/content/0/cache_control'])
  })

  it('LT-H11 are kept wherever an agent sets them: on tools, on results, on what the assistant said', () => {
    const mark = { cache_control: { type: 'ephemeral' } }
    const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } }
    const body = messages({
      tools: [{ name: 'a', input_schema: { type: 'object' } }, { name: 'b', input_schema: { type: 'object' }, ...hour }],
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'text', text: 'one' }, { type: 'text', text: 'two', ...mark }, { type: 'tool_use', id: 't1', name: 'a', input: {} }, { type: 'tool_use', id: 't2', name: 'b', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'within', ...mark }] }, { type: 'tool_result', tool_use_id: 't2', content: 'outside', ...hour }] },
      ],
    })
    const { body: sent, losses } = translateRequest('anthropic-messages', 'openai-chat', body, { takesCacheControl: true })
    expect(losses).toEqual([])
    expect(at(sent, 'tools', 0)).not.toHaveProperty('cache_control')
    expect(at(sent, 'tools', 1)).toMatchObject({ type: 'function', function: { name: 'b' }, ...hour })
    expect(at(sent, 'messages', 1, 'content')).toEqual([{ type: 'text', text: 'one' }, { type: 'text', text: 'two', ...mark }])
    expect(at(sent, 'messages', 2, 'content')).toEqual([{ type: 'text', text: 'within', ...mark }])
    expect(at(sent, 'messages', 3, 'content')).toEqual([{ type: 'text', text: 'outside', ...hour }])
  })
})

describe('a message’s one place for what was thought', () => {
  it('LT-E10 takes the thoughts of one form, and names those of another', () => {
    const thought = (payload: string): JsonObject => ({ type: 'thinking', thinking: 'hm', signature: `sealed:p/m:${payload}` })
    const body = messages({ messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: [thought('reasoning_content'), thought('[{"type":"reasoning.text","text":"hm"}]'), { type: 'text', text: 'ok' }] }] })
    const { body: sent } = translateRequest('anthropic-messages', 'openai-chat', body)
    expect(at(sent, 'messages', 1)).toEqual({ role: 'assistant', content: 'ok', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] })
    expect(lossesOf('anthropic-messages', 'openai-chat', body)).toEqual(['dropped:/messages/1/content/0'])
  })
})

describe('calls without ids', () => {
  it('LT-B07 meet their results one by one, though they have one name', () => {
    const { body } = translateRequest('openai-chat', 'openai-responses', readRequest('openai-chat', 'legacy-functions-twice'))
    expect((body['input'] as readonly JsonObject[]).flatMap(({ call_id: id }) => (id === undefined ? [] : [id]))).toEqual(['tlcall_0', 'tlcall_0', 'tlcall_1', 'tlcall_1'])
  })
})
