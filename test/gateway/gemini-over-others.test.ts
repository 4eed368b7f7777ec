import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let base: string

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url), defineProvider('claude', sim.url, { kind: 'anthropic-compatible' })],
    settings: { maxAttempts: 1 },
  })
  base = `${new URL(gateway.url).origin}/v1beta/models`
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly parts: readonly JsonObject[]
  readonly last: JsonObject
}

const at = (value: unknown, ...keys: readonly (string | number)[]): unknown => keys.reduce<unknown>((inner, key) => (isJsonObject(inner) ? inner[key] : Array.isArray(inner) ? (inner[Number(key)] as unknown) : undefined), value)

/** What a Gemini client makes of an answer: the parts of all chunks. */
async function ask(model: string, stream: boolean, body: object): Promise<Answered> {
  const response = await fetch(`${base}/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await response.text()
  const isStream = String(response.headers.get('content-type')).startsWith('text/event-stream')
  const chunks = isStream ? text.split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, '')) as JsonObject) : [JSON.parse(text) as JsonObject]
  const parts = chunks.flatMap((chunk) => (at(chunk, 'candidates', 0, 'content', 'parts') ?? []) as readonly JsonObject[])
  return { status: response.status, headers: response.headers, parts, last: chunks.at(-1) ?? {} }
}

const textOf = (parts: readonly JsonObject[]): string => parts.map((part) => (part['thought'] === true || typeof part['text'] !== 'string' ? '' : part['text'])).join('')
const said = { contents: [{ role: 'user', parts: [{ text: 'Grüße an 世界' }] }], systemInstruction: { parts: [{ text: 'be kind' }] }, generationConfig: { maxOutputTokens: 99, stopSequences: ['X'] } }
const sent = (index: number): Record<string, unknown> => JSON.parse(sim.requests[index]?.body.toString() ?? '') as Record<string, unknown>

describe.each([['chat/echo', true], ['chat/echo', false], ['claude/echo', true], ['claude/echo', false]] as const)('a Gemini client over %s (stream: %s)', (model, stream) => {
  const isClaude = model.startsWith('claude')

  it('gets text, a finish reason and usage', async () => {
    sim.script({ text: 'Grüße zurück 世界', cachedTokens: 4, outputTokens: 6 })
    const { parts, last, headers } = await ask(model, stream, said)
    expect(textOf(parts)).toBe('Grüße zurück 世界')
    expect(last).toMatchObject({ candidates: [{ finishReason: 'STOP', index: 0, content: { role: 'model' } }], usageMetadata: { promptTokenCount: 11, cachedContentTokenCount: 4, candidatesTokenCount: 6 }, modelVersion: 'echo' })
    expect(headers.get('x-trunkline-plan')).toBe(`translate:google-generate-content>${isClaude ? 'anthropic-messages' : 'openai-chat'}`)
    expect(sent(0)).toMatchObject({ model: 'echo', max_tokens: 99, ...(isClaude ? { system: [{ text: 'be kind' }] } : { messages: [{ role: 'system', content: 'be kind' }, { role: 'user', content: 'Grüße an 世界' }] }) })
    expect(sent(0)['stream']).toBe(stream ? true : undefined)
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', stream, surface: 'google-generate-content' }])
  })

  it.each(['keeps', 'leaves out'])('LT-E19 gets calls whole, and its results and the thought reach the provider, whether it %s thoughts', async (habit) => {
    sim.script({ reasoning: 'I look.', tools: [{ name: 'weather', arguments: '{"city":"Zürich","n":12345678901234567890}' }, { name: 'clock', arguments: '{}' }] })
    const tools = [{ functionDeclarations: [{ name: 'weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } }, { name: 'clock' }] }]
    const first = await ask(model, stream, { ...said, tools })
    const calls = first.parts.flatMap(({ functionCall }) => (isJsonObject(functionCall) ? [functionCall] : []))
    expect(calls).toMatchObject([{ name: 'weather', args: { city: 'Zürich' } }, { name: 'clock', args: {} }])
    expect(at(first.last, 'candidates', 0, 'finishReason')).toBe('STOP')
    const responses = calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: `${JSON.stringify(name)} ok` } } }))
    await ask(model, stream, { ...said, tools, contents: [...said.contents, { role: 'model', parts: first.parts.filter((part) => habit === 'keeps' || part['thought'] !== true) }, { role: 'user', parts: responses }] })
    const messages = JSON.stringify(sent(1)['messages'])
    for (const { id } of calls) expect(messages.split(JSON.stringify(id)).length).toBe(3)
    expect(messages).toContain('weather')
    // The thought went back with its seal, in the provider’s own field.
    expect(messages).toContain(isClaude ? '"thinking":"I look.","signature":"sim-seal"' : '"reasoning_content":"I look."')
    expect(messages).not.toContain('dHJ1bmtsaW5l')
    expect(sent(1)['tools']).toMatchObject([isClaude ? { input_schema: { type: 'object', properties: { city: { type: 'string' } } } } : { function: { parameters: { type: 'object' } } }, {}])
  })

  it.each([[429, 'RESOURCE_EXHAUSTED'], [400, 'INVALID_ARGUMENT'], [404, 'NOT_FOUND'], [529, 'UNAVAILABLE'], [500, 'INTERNAL']] as const)('is told of a provider’s %s in Google’s words', async (status, word) => {
    sim.script({ fault: 'status', status })
    const { last } = await ask(model, stream, said)
    expect(last).toMatchObject({ error: { status: word, details: [{ requestId: expect.stringMatching(/^req_/) as string }] } })
  })

  it('LT-E03 loses no thought by returning only the calls, as Gemini CLI does', async () => {
    const tools = [{ functionDeclarations: [{ name: 'weather' }] }]
    sim.script({ reasoning: 'I look.', tool: 'weather' })
    const first = await ask(model, stream, { ...said, tools })
    const kept = first.parts.filter((part) => part['thought'] !== true && part['text'] !== '')
    const call = kept.find((part) => part['functionCall'] !== undefined)
    expect(call?.['thoughtSignature']).toMatch(/^[A-Za-z0-9+/]+=*$/)
    await ask(model, stream, { ...said, tools, contents: [...said.contents, { role: 'model', parts: kept }, { role: 'user', parts: [{ functionResponse: { id: at(call, 'functionCall', 'id'), name: 'weather', response: { output: 'rain' } } }] }] })
    expect(JSON.stringify(sent(1)['messages'])).toContain(isClaude ? '"thinking":"I look.","signature":"sim-seal"' : '"reasoning_content":"I look."')
  })

  it('counts tokens, with the provider or by itself', async () => {
    sim.script({ inputTokens: 42 })
    const response = await fetch(`${base}/${model}:countTokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ generateContentRequest: said }) })
    const body: unknown = await response.json()
    expect([response.status, body]).toEqual([200, { totalTokens: isClaude ? 42 : (expect.any(Number) as number) }])
  })

  it('is told which field cannot be sent', async () => {
    const { status, last } = await ask(model, stream, { ...said, cachedContent: 'cachedContents/x' })
    expect([status, last]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('/cachedContent') as string } }])
    expect(sim.requests).toHaveLength(0)
  })
})

describe('an answer that was cut in the middle of a call', () => {
  // A whole answer of Anthropic’s has no room for half a call.
  it.each([['chat/echo', true, 'length'], ['chat/echo', false, 'length'], ['claude/echo', true, 'max_tokens']] as const)('LT-A11 leaves the call out: %s (stream: %s)', async (model, stream, finish) => {
    sim.script({ tool: 'weather', toolArguments: '{"city":"Zür', finish })
    const { parts, last, headers } = await ask(model, stream, { ...said, tools: [{ functionDeclarations: [{ name: 'weather' }] }] })
    expect(at(last, 'candidates', 0, 'finishReason')).toBe('MAX_TOKENS')
    expect(parts.some((part) => part['functionCall'] !== undefined)).toBe(false)
    if (!stream) expect(headers.get('x-trunkline-losses')).toBe('dropped:answer/choices/0/message/tool_calls/0')
  })
})

describe('a stream that breaks off under a Gemini client', () => {
  it.each(['cut', 'eof', 'error-event'] as const)('ends with an error event and without a finish: %s', async (fault) => {
    sim.script({ text: 'a b c', fault, after: 3, terminator: 'none' })
    const { parts, last } = await ask('chat/echo', true, said)
    expect(textOf(parts)).not.toBe('')
    expect(last).toMatchObject({ error: { code: expect.any(Number) as number, status: expect.any(String) as string } })
  })

  it.each(['generateContent', 'streamGenerateContent?alt=sse', 'countTokens'])('serve %s of a model that is named without `models/`', async (method) => {
    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(`${path}/chat/echo:${method}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(said) })
      return [response.status, (await response.text()).replaceAll(/"(?:responseId|createTime)": ?"[^"]*"/g, '')]
    }
    const [status, text] = (await ask(base.replace(/\/models$/, ''))) as [number, string]
    expect([status, text]).toEqual(await ask(base))
    expect(status).toBe(200)
  })
})
