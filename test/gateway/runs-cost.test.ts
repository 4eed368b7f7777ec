import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { createRuns, type RunSettings } from '../../src/core/runs/index.ts'
import { createMemoryRuns } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger, type Logger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

/** A dollar for a million tokens, in or out: a token is a millionth. */
const PRICE = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }

let sim: ProviderSimulator
let tools: McpGateway
let gateway: ModelGateway
let openai: OpenAI
let anthropic: Anthropic
let settings: Partial<RunSettings>
let warnings: string[]

beforeEach(async () => {
  settings = {}
  warnings = []
  sim = await createProviderSimulator()
  tools = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })
  const facts = { priced: { price: PRICE }, cached: { price: { ...PRICE, cacheRead: 0.1 } } }
  const noting: Logger = { ...silentLogger, child: () => noting, warn: (...[, message]: readonly unknown[]) => void warnings.push(String(message)) } as Logger
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url, { facts }), defineProvider('messages', sim.url, { kind: 'anthropic', facts }), defineProvider('responses', sim.url, { dialects: ['openai-responses'], facts })],
    settings: { maxAttempts: 1 },
    wrap(exchanges) {
      const runs = createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: createMemoryRuns(), events: createEvents(silentLogger, createMetrics()), logger: silentLogger, settings: () => settings })
      return { ...runs.exchanges, run: (request, client) => runs.exchanges.run({ ...request, logger: noting }, client) }
    },
  })
  openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 })
  anthropic = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k', maxRetries: 0 })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
  await sim.close()
})

const adds = (a: number) => ({ tools: [{ name: 'demo__add', arguments: JSON.stringify({ a, b: 1 }) }], firstCall: a, inputTokens: 90, outputTokens: 10 })

interface Told {
  /** In the dialect's own words. */
  readonly reason: unknown
  readonly text: string
  readonly tokens: number | undefined
}

const content = 'Add on and on.'

const WAYS: Readonly<Record<string, (model: string, stream: boolean) => Promise<Told>>> = {
  async chat(model, stream) {
    const body = { model: `chat/${model}+tools:demo`, messages: [{ role: 'user' as const, content }] }
    const answer = stream ? await openai.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : await openai.chat.completions.create(body)
    return { reason: answer.choices[0]?.finish_reason, text: answer.choices[0]?.message.content ?? '', tokens: answer.usage?.total_tokens }
  },
  async responses(model, stream) {
    const body = { model: `responses/${model}+tools:demo`, input: content }
    const answer = stream ? await openai.responses.stream(body).finalResponse() : await openai.responses.create(body)
    return { reason: answer.incomplete_details?.reason ?? answer.status, text: answer.output_text, tokens: answer.usage?.total_tokens }
  },
  async messages(model, stream) {
    const body = { model: `messages/${model}+tools:demo`, max_tokens: 100, messages: [{ role: 'user' as const, content }] }
    const answer = stream ? await anthropic.messages.stream(body).finalMessage() : await anthropic.messages.create(body)
    return { reason: answer.stop_reason, text: answer.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), tokens: answer.usage.input_tokens + answer.usage.output_tokens }
  },
}

const CUT: Readonly<Record<string, string>> = { chat: 'length', responses: 'max_output_tokens', messages: 'max_tokens' }
const ENDED: Readonly<Record<string, string>> = { chat: 'stop', responses: 'completed', messages: 'end_turn' }
const CASES = Object.keys(WAYS).flatMap((dialect) => [true, false].map((stream) => [dialect, stream] as const))

describe('the limit of what a run costs', () => {
  it.each(CASES)('ends it as a length does, and makes no more calls: %s (stream: %s)', async (dialect, stream) => {
    // Two turns cost 200 millionths: one more than allowed.
    settings = { maxCostUsd: 0.000_199 }
    sim.script(adds(1), adds(2), adds(3), { text: 'Never said.' })
    const told = await WAYS[dialect]?.('priced', stream)
    expect(told?.reason).toBe(CUT[dialect])
    expect(told?.tokens).toBe(200)
    expect(sim.requests).toHaveLength(2)
  })

  it.each(CASES)('lets a run be that costs no more: %s (stream: %s)', async (dialect, stream) => {
    settings = { maxCostUsd: 0.000_3 }
    sim.script(adds(1), adds(2), { text: 'Done.', inputTokens: 90, outputTokens: 10 })
    expect(await WAYS[dialect]?.('priced', stream)).toEqual({ reason: ENDED[dialect], text: 'Done.', tokens: 300 })
    expect(warnings).toEqual([])
  })

  it.each(CASES)('asks nothing more when the question alone would cost more than is left: %s (stream: %s)', async (dialect, stream) => {
    // A turn cost 100 millionths, 90 of them for what it was asked; the next is asked that again.
    settings = { maxCostUsd: 0.000_185 }
    sim.script(adds(1), { text: 'Never said.' })
    const told = await WAYS[dialect]?.('priced', stream)
    expect([told?.reason, told?.tokens, sim.requests.length]).toEqual([CUT[dialect], 100, 1])
  })

  it.each(CASES)('asks on when what is left may be enough: %s (stream: %s)', async (dialect, stream) => {
    settings = { maxCostUsd: 0.000_195 }
    sim.script(adds(1), { text: 'Done.', inputTokens: 90, outputTokens: 1 })
    expect(await WAYS[dialect]?.('priced', stream)).toEqual({ reason: ENDED[dialect], text: 'Done.', tokens: 191 })
  })

  it('leaves a turn whole that the client goes on with: its next request is another run', async () => {
    settings = { maxCostUsd: 0.000_185 }
    sim.script({ tools: [{ name: 'weather', arguments: '{}' }, ...adds(1).tools], inputTokens: 90, outputTokens: 10 }, { text: 'Done.', inputTokens: 90, outputTokens: 10 })
    const body = { model: 'chat/priced+tools:demo', messages: [{ role: 'user' as const, content }] as OpenAI.ChatCompletionMessageParam[], tools: [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }] }
    const { choices } = await openai.chat.completions.create(body)
    const [first] = choices
    if (!first) throw new Error('There is a choice.')
    expect(first.finish_reason).toBe('tool_calls')
    await openai.chat.completions.create({ ...body, messages: [...body.messages, first.message, { role: 'tool', tool_call_id: first.message.tool_calls?.[0]?.id ?? '', content: '5 °C' }] })
    expect(sim.requests[1]?.body.toString()).toMatch(/"role":"tool"[^}]*2/)
  })

  it('takes the lowest price that a token may have: of a cache', async () => {
    settings = { maxCostUsd: 0.000_11 }
    sim.script(adds(1), { text: 'Done.', inputTokens: 90, cachedTokens: 90, outputTokens: 1 })
    expect(await WAYS['chat']?.('cached', true)).toMatchObject({ reason: 'stop', text: 'Done.' })
    expect(sim.requests).toHaveLength(2)
  })

  it('counts what has no known price as nothing, and warns of it once', async () => {
    settings = { maxCostUsd: 0.000_001 }
    sim.script(adds(1), adds(2), { text: 'Done.' })
    expect(await WAYS['chat']?.('unpriced', true)).toMatchObject({ reason: 'stop', text: 'Done.' })
    expect(warnings).toEqual(['a run has a limit of its cost, and the price of its model is not known'])
  })
})
