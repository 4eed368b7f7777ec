import { describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator, type QueuedScript } from '../index.ts'

const chat = (sim: ProviderSimulator, extra: object = {}): Promise<Response> =>
  fetch(`${sim.origin}/api/chat`, { method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...extra }) })

async function lines(sim: ProviderSimulator, script: QueuedScript): Promise<readonly unknown[]> {
  sim.script(script)
  const answer = await chat(sim)
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
  const texts = (await answer.text()).split('\n')
  expect(texts.pop()).toBe('')
  return texts.map((text): unknown => JSON.parse(text))
}

describe('the Ollama dialect of the simulator', () => {
  it('streams lines unless told not to, and ends with counts', async () => {
    await using sim = await startSimulator()
    expect(await lines(sim, { reasoning: 'hm', text: 'a b' })).toMatchObject([
      { model: 'm', message: { role: 'assistant', thinking: 'hm' }, done: false },
      { message: { content: 'a' }, done: false },
      { message: { content: ' b' }, done: false },
      { message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 11, eval_count: 2 },
    ])
    expect(await (await chat(sim, { stream: false })).json()).toMatchObject({ message: { content: 'You said: hi' }, done: true, done_reason: 'stop' })
    expect(sim.served.answers).toBe(2)
  })

  it('calls tools with objects for arguments and without ids', async () => {
    await using sim = await startSimulator()
    const script = { tools: [{ name: 'f', arguments: '{"a":1}' }, { name: 'g', arguments: '{}' }] }
    const calls = [{ function: { name: 'f', arguments: { a: 1 } } }, { function: { name: 'g', arguments: {} } }]
    const [first] = await lines(sim, script)
    expect(first).toMatchObject({ message: { tool_calls: calls } })
    sim.script(script)
    expect(((await (await chat(sim, { stream: false })).json()) as { message: object }).message).toEqual({ role: 'assistant', content: '', tool_calls: calls })
  })

  it('fails and stops short in the words of the dialect', async () => {
    await using sim = await startSimulator()
    expect((await lines(sim, { text: 'a b', finish: 'length' })).at(-1)).toMatchObject({ done_reason: 'length' })
    expect(await lines(sim, { text: 'a b', fault: 'error-event', after: 1 })).toMatchObject([{ message: { content: 'a' } }, { error: 'The simulator was told to fail with 500.' }])
    expect((await lines(sim, { text: 'a', terminator: 'none' })).at(-1)).toMatchObject({ done: false })
    expect((await lines(sim, { text: 'a', usage: 'none' })).at(-1)).not.toHaveProperty('eval_count')
    sim.script({ fault: 'status', status: 404 })
    const refused = await chat(sim)
    expect([refused.status, await refused.json()]).toEqual([404, { error: 'The simulator was told to fail with 404.' }])
  })

  it('lists its models, tells its version and embeds', async () => {
    await using sim = await startSimulator({ models: ['qwen3:8b'] })
    const get = async (path: string): Promise<unknown> => (await fetch(`${sim.origin}${path}`)).json()
    expect(await get('/api/tags')).toMatchObject({ models: [{ name: 'qwen3:8b', details: { format: 'gguf' } }] })
    expect(await get('/api/version')).toEqual({ version: '0.13.0' })
    const answer = await fetch(`${sim.origin}/api/embed`, { method: 'POST', body: JSON.stringify({ model: 'e', input: ['a', 'b'] }) })
    const { embeddings } = (await answer.json()) as { embeddings: readonly (readonly number[])[] }
    expect(embeddings.map((vector) => vector.length)).toEqual([64, 64])
  })
})
