import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI from 'openai'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator, type QueuedScript } from '../index.ts'

const connect = (sim: ProviderSimulator): OpenAI => new OpenAI({ baseURL: sim.url, apiKey: 'sk-test', maxRetries: 0, logLevel: 'off' })

async function streamed(sim: ProviderSimulator, script: QueuedScript, extra: object = {}): Promise<readonly ResponseStreamEvent[]> {
  sim.script(script)
  const stream = await connect(sim).responses.create({ model: 'm', input: 'hi', stream: true, ...extra })
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

const types = (events: readonly ResponseStreamEvent[]): readonly string[] => events.map(({ type }) => type.replace(/^response\./, ''))

const CALLS: QueuedScript = {
  reasoning: 'hm',
  reasoningTokens: 4,
  outputTokens: 9,
  tools: [
    { name: 'shell', arguments: '{"command":"ls"}', namespace: 'local' },
    { name: 'patch', arguments: '*** Begin Patch', custom: true },
  ],
}

describe('the Responses dialect of the simulator', () => {
  it('streams text with the whole grammar and rising sequence numbers', async () => {
    await using sim = await startSimulator()
    const events = await streamed(sim, { text: 'a b', reasoning: 'hm' })
    expect(types(events)).toEqual([
      'created', 'in_progress',
      'output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta', 'reasoning_summary_text.delta', 'reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done',
      'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.done', 'content_part.done', 'output_item.done',
      'completed',
    ])
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output: [{ type: 'reasoning' }, { content: [{ text: 'a b' }] }], usage: { input_tokens: 11, total_tokens: 13 } } })
  })

  it('is folded by the official accumulator to what the whole answer says', async () => {
    await using sim = await startSimulator()
    const body = { model: 'm', input: 'hi', include: ['reasoning.encrypted_content' as const] }
    sim.script({ ...CALLS, times: 2 })
    const folded = await connect(sim).responses.stream(body).finalResponse()
    const whole = await connect(sim).responses.create(body)
    expect(whole.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'hm' }], encrypted_content: 'sim-seal' },
      { type: 'function_call', call_id: 'call_sim', name: 'shell', namespace: 'local', arguments: '{"command":"ls"}' },
      { type: 'custom_tool_call', call_id: 'call_sim1', name: 'patch', input: '*** Begin Patch' },
    ])
    const blank = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/sim\d+/g, 'sim').replaceAll(/,"(?:parsed|parsed_arguments|output_parsed)":null/g, ''))
    expect(blank(folded.output)).toEqual(blank(whole.output))
    expect(whole.usage).toEqual({ input_tokens: 11, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }, output_tokens: 9, output_tokens_details: { reasoning_tokens: 4 }, total_tokens: 20 })
  })

  it('seals reasoning only for who asks for it', async () => {
    await using sim = await startSimulator({ script: { reasoning: 'hm' } })
    const { output } = await connect(sim).responses.create({ model: 'm', input: 'hi' })
    expect(output[0]).not.toHaveProperty('encrypted_content')
  })

  it('refuses, is incomplete and fails in the words of the dialect', async () => {
    await using sim = await startSimulator()
    sim.script({ refusal: 'No.' }, { text: 'half', finish: 'max_output_tokens' }, { finish: 'failed' })
    const openai = connect(sim)
    expect((await openai.responses.create({ model: 'm', input: 'hi' })).output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'No.' }] }])
    expect(await openai.responses.create({ model: 'm', input: 'hi' })).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [{ status: 'incomplete' }] })
    expect(await openai.responses.create({ model: 'm', input: 'hi' })).toMatchObject({ status: 'failed', error: { code: 'server_error' } })
    expect(types(await streamed(sim, { refusal: 'No.' }))).toContain('refusal.done')
    expect(types(await streamed(sim, { text: 'half', finish: 'max_output_tokens' })).at(-1)).toBe('incomplete')
    expect(types(await streamed(sim, { terminator: 'none' })).at(-1)).toBe('output_item.done')
  })

  it('LT-P08 fails in the middle of a stream with a numbered response.failed', async () => {
    await using sim = await startSimulator()
    const events = await streamed(sim, { text: 'a b c', fault: 'error-event', after: 5 })
    expect(types(events)).toEqual(['created', 'in_progress', 'output_item.added', 'content_part.added', 'output_text.delta', 'failed'])
    expect(events.at(-1)).toMatchObject({ sequence_number: 5, response: { status: 'failed', error: { code: 'server_is_overloaded' } } })
    await expect(connect(sim).responses.create({ model: 'm?fault=status&status=429', input: 'hi' })).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    await expect(streamed(sim, { fault: 'malformed', after: 2 })).rejects.toThrow(SyntaxError)
  })

  it('keeps responses, continues them, and forgets them', async () => {
    await using sim = await startSimulator()
    const { responses } = connect(sim)
    const first = await responses.create({ model: 'm?text=one', input: 'hi' })
    const second = await responses.create({ model: 'm?text=two', input: [{ role: 'user', content: 'more' }], previous_response_id: first.id })
    expect(await responses.retrieve(second.id)).toMatchObject({ output_text: 'two', previous_response_id: first.id })
    const items = await responses.inputItems.list(second.id, { order: 'asc' })
    expect(items.data).toMatchObject([{ role: 'user', content: [{ text: 'hi' }] }, { role: 'assistant' }, { role: 'user', content: 'more' }])
    expect((await responses.inputItems.list(second.id, { order: 'asc', limit: 1 })).has_more).toBe(true)
    await responses.delete(first.id)
    await expect(responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 })
    await expect(responses.create({ model: 'm', input: 'x', previous_response_id: first.id })).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    const unstored = await responses.create({ model: 'm', input: 'hi', store: false })
    await expect(responses.retrieve(unstored.id)).rejects.toMatchObject({ status: 404 })
    await expect(responses.cancel(second.id)).rejects.toMatchObject({ status: 400 })
  })

  it('makes background answers in their time, counts them when they are told, and cancels them', async () => {
    await using sim = await startSimulator({ script: { backgroundMs: 3_000, text: 'late' } })
    const { responses } = connect(sim)
    const { id, status } = await responses.create({ model: 'm', input: 'hi', background: true })
    expect([status, sim.served.answers]).toEqual(['queued', 0])
    const seen = new Set<string>()
    while (!seen.has('completed')) {
      seen.add((await responses.retrieve(id)).status ?? '')
      await sleep(5)
    }
    expect((await responses.retrieve(id)).output_text).toBe('late')
    expect(sim.served).toMatchObject({ requests: 1, answers: 1, inputTokens: 11 })
    const slow = await responses.create({ model: 'm?backgroundMs=60000', input: 'hi', background: true })
    expect((await responses.cancel(slow.id)).status).toBe('cancelled')
    expect((await responses.retrieve(slow.id)).status).toBe('cancelled')
    await expect(responses.create({ model: 'm', input: 'hi', background: true, store: false })).rejects.toMatchObject({ status: 400 })
  })

  it('compacts a conversation', async () => {
    await using sim = await startSimulator()
    const compacted = await connect(sim).responses.compact({ model: 'm', input: [{ role: 'user', content: 'one' }, { role: 'user', content: 'two' }] })
    expect(compacted).toMatchObject({ object: 'response.compaction', output: [{ content: 'two' }, { type: 'compaction', encrypted_content: 'sim-seal' }], usage: { input_tokens: 11 } })
  })

  it('counts tokens and embeds', async () => {
    await using sim = await startSimulator({ script: { inputTokens: 42 } })
    const openai = connect(sim)
    expect(await openai.responses.inputTokens.count({ model: 'm', input: 'hi' })).toMatchObject({ object: 'response.input_tokens', input_tokens: 42 })
    const embed = async (input: string | string[], format?: 'float'): Promise<readonly (readonly number[])[]> =>
      (await openai.embeddings.create({ model: 'e', input, dimensions: 4, ...(format ? { encoding_format: format } : {}) })).data.map(({ embedding }) => embedding.map((value) => Number(value.toFixed(3))))
    const [one, two] = await embed(['a', 'b'])
    expect(one).toHaveLength(4)
    expect(one).not.toEqual(two)
    expect(await embed('a', 'float')).toEqual([one])
    expect(sim.served).toMatchObject({ answers: 2, inputTokens: 84, outputTokens: 0 })
  })
})
