import { describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator, type QueuedScript } from '../index.ts'

interface Chunk {
  readonly candidates?: readonly [{ readonly content: { readonly parts?: readonly object[] }; readonly finishReason?: string }]
  readonly usageMetadata?: { readonly candidatesTokenCount: number }
}

const HELLO = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }

const post = (sim: ProviderSimulator, path: string, body: object = HELLO): Promise<Response> =>
  fetch(`${sim.origin}${path}`, { method: 'POST', headers: { 'x-goog-api-key': 'k' }, body: JSON.stringify(body) })

const json = async (sim: ProviderSimulator, path: string, body: object = HELLO): Promise<unknown> => (await post(sim, path, body)).json()

async function streamed(sim: ProviderSimulator, script: QueuedScript): Promise<readonly Chunk[]> {
  sim.script(script)
  const text = await (await post(sim, '/v1beta/models/m:streamGenerateContent?alt=sse')).text()
  const frames = text.split('\r\n\r\n')
  expect(frames.pop()).toBe('')
  return frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')) as Chunk)
}

const partsOf = (chunks: readonly Chunk[]): readonly object[] => chunks.flatMap(({ candidates }) => candidates?.[0].content.parts ?? [])

describe('the Gemini dialect of the simulator', () => {
  it('answers whole under both versions, with thoughts apart from text', async () => {
    await using sim = await startSimulator({ script: { reasoning: 'hm', reasoningTokens: 5, outputTokens: 7, cachedTokens: 3 } })
    for (const version of ['v1', 'v1beta']) {
      expect(await json(sim, `/${version}/models/gemini-x:generateContent`)).toMatchObject({
        candidates: [{ content: { role: 'model', parts: [{ text: 'hm', thought: true }, { text: 'You said: hi' }, { text: '', thoughtSignature: 'sim-seal' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 2, thoughtsTokenCount: 5, cachedContentTokenCount: 3, totalTokenCount: 18 },
        modelVersion: 'gemini-x',
      })
    }
    expect(sim.served).toMatchObject({ answers: 2, inputTokens: 22, outputTokens: 14 })
  })

  it('streams chunks with rising usage and a finish reason on the last one only', async () => {
    await using sim = await startSimulator()
    const chunks = await streamed(sim, { text: 'a b c' })
    expect(partsOf(chunks)).toEqual([{ text: 'a' }, { text: ' b' }, { text: ' c' }])
    expect(chunks.map(({ candidates }) => candidates?.[0].finishReason)).toEqual([undefined, undefined, 'STOP'])
    expect(chunks.map(({ usageMetadata }) => usageMetadata?.candidatesTokenCount)).toEqual([1, 2, 3])
    const truncated = await streamed(sim, { text: 'a b c', terminator: 'none', usage: 'none' })
    expect(truncated.at(-1)?.candidates?.[0]).not.toHaveProperty('finishReason')
    expect(truncated.at(-1)).not.toHaveProperty('usageMetadata')
  })

  it('LT-E08 calls functions whole, with the seal on the first, with ids or without', async () => {
    await using sim = await startSimulator()
    const tools = [{ name: 'f', arguments: '{"a":1}' }, { name: 'g', arguments: '{}' }]
    expect(partsOf(await streamed(sim, { tools, seal: 'c2VhbA==' }))).toEqual([
      { functionCall: { id: 'sim_call_0', name: 'f', args: { a: 1 } }, thoughtSignature: 'c2VhbA==' },
      { functionCall: { id: 'sim_call_1', name: 'g', args: {} } },
    ])
    expect(partsOf(await streamed(sim, { tools, callIds: false }))).toEqual([{ functionCall: { name: 'f', args: { a: 1 } } }, { functionCall: { name: 'g', args: {} } }])
  })

  it('refuses by finish reason or by blocking the prompt', async () => {
    await using sim = await startSimulator()
    sim.script({ refusal: 'No.' }, { blockReason: 'SAFETY' }, { text: 'cut', finish: 'MAX_TOKENS' })
    expect(await json(sim, '/v1/models/m:generateContent')).toMatchObject({ candidates: [{ content: { role: 'model' }, finishReason: 'SAFETY' }] })
    const blocked = (await json(sim, '/v1/models/m:generateContent')) as Chunk
    expect(blocked).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } })
    expect(blocked).not.toHaveProperty('candidates')
    expect(await json(sim, '/v1/models/m:generateContent')).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }] })
    expect(await streamed(sim, { blockReason: 'OTHER' })).toMatchObject([{ promptFeedback: { blockReason: 'OTHER' } }])
  })

  it('streams one JSON array when events were not asked for', async () => {
    await using sim = await startSimulator()
    const answer = await post(sim, '/v1beta/models/m%3Ftext=a%20b:streamGenerateContent')
    expect(answer.headers.get('content-type')).toBe('application/json')
    const chunks = (await answer.json()) as Chunk[]
    expect(partsOf(chunks)).toEqual([{ text: 'a' }, { text: ' b' }])
    const failing = await post(sim, '/v1beta/models/m%3Ffault=error-event&after=1:streamGenerateContent')
    expect(await failing.json()).toMatchObject([{ candidates: [{}] }, { error: { status: 'UNAVAILABLE' } }])
  })

  it('fails in the words of the dialect', async () => {
    await using sim = await startSimulator({ apiKey: 'other' })
    expect(await json(sim, '/v1/models/m:generateContent')).toMatchObject({ error: { code: 401, status: 'UNAUTHENTICATED' } })
    await using open = await startSimulator()
    open.script({ fault: 'status', status: 429, retryAfter: '7' })
    expect(await json(open, '/v1/models/m:generateContent')).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '7s' }] } })
    expect(await streamed(open, { text: 'a b', fault: 'error-event', after: 1 })).toMatchObject([{ candidates: [{}] }, { error: { code: 503 } }])
  })

  it('counts, embeds and lists models', async () => {
    await using sim = await startSimulator({ models: ['gemini-x'] })
    expect(await json(sim, '/v1beta/models/m:countTokens')).toMatchObject({ totalTokens: 11 })
    const content = { parts: [{ text: 'a' }] }
    const one = (await json(sim, '/v1beta/models/e:embedContent', { content })) as { embedding: { values: readonly number[] } }
    const many = await json(sim, '/v1beta/models/e:batchEmbedContents', { requests: [{ content }, { content: { parts: [{ text: 'b' }] } }] })
    expect(many).toMatchObject({ embeddings: [one.embedding, {}] })
    const list = async (path: string): Promise<unknown> => (await fetch(`${sim.origin}${path}`, { headers: { 'x-goog-api-key': 'k' } })).json()
    expect(await list('/v1beta/models')).toMatchObject({ models: [{ name: 'models/gemini-x', supportedGenerationMethods: expect.arrayContaining(['generateContent']) as unknown }] })
    expect(await list('/v1beta/models/gemini-x')).toMatchObject({ name: 'models/gemini-x' })
    expect(await list('/v1beta/models/absent')).toMatchObject({ error: {} })
  })
})
