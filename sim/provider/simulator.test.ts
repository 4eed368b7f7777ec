import { describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator, type Script } from '../index.ts'

const ask = (sim: ProviderSimulator, path: string, body: object): Promise<Response> =>
  fetch(`${sim.url}${path}`, { method: 'POST', body: JSON.stringify(body) })

describe('startSimulator', () => {
  it('speaks OpenAI Chat and counts what it served', async () => {
    await using sim = await startSimulator()
    const whole = (await (await ask(sim, '/chat/completions', { model: 'm', messages: [{ role: 'user', content: 'hi' }] })).json()) as object
    expect(whole).toMatchObject({ model: 'm', choices: [{ message: { content: 'You said: hi' } }], usage: { prompt_tokens: 11 } })
    const text = await (await ask(sim, '/chat/completions', { model: 'm?text=abc&chunks=3', stream: true })).text()
    expect([...text.matchAll(/"content":"(.)"/g)].map((match) => match[1])).toEqual(['a', 'b', 'c'])
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(sim.served).toEqual({ requests: 2, answers: 2, inputTokens: 22, outputTokens: 6 })
  })

  it('speaks Anthropic Messages with its grammar of events', async () => {
    await using sim = await startSimulator({ script: { reasoning: 'hm', tool: 'f', toolArguments: '{"a":1}' } })
    const whole = (await (await ask(sim, '/messages', { model: 'm' })).json()) as object
    expect(whole).toMatchObject({ type: 'message', stop_reason: 'tool_use', content: [{ type: 'thinking', signature: 'sim-seal' }, { type: 'tool_use', input: { a: 1 } }] })
    const text = await (await ask(sim, '/messages', { model: 'm', stream: true })).text()
    expect([...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      'message_start', 'ping', 'content_block_start', 'content_block_delta', 'content_block_delta', 'content_block_stop',
      'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop',
    ])
    expect(await (await ask(sim, '/messages?beta=true', { model: 'm?fault=status&status=529' })).json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  })

  it('uses up queued scripts by model, before what the name says', async () => {
    await using sim = await startSimulator()
    sim.script({ model: 'b', text: 'for b' }, { text: 'for any', times: 2 })
    const say = async (model: string): Promise<string> =>
      ((await (await ask(sim, '/chat/completions', { model })).json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content
    expect([await say('a?text=name'), await say('b'), await say('a'), await say('a?text=name')]).toEqual(['for any', 'for b', 'for any', 'name'])
  })

  it('is driven from outside and tells what arrived', async () => {
    await using sim = await startSimulator({ apiKey: 'k' })
    const origin = new URL(sim.url).origin
    const control = await fetch(`${origin}/_sim/scripts`, { method: 'POST', body: JSON.stringify([{ fault: 'status', status: 503, retryAfter: '7' }]) })
    expect(await control.json()).toEqual({ queued: 1 })
    const headers = { authorization: 'Bearer k' }
    const refused = await fetch(`${sim.url}/chat/completions`, { method: 'POST', headers, body: '{"model":"m"}' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7'])
    expect((await ask(sim, '/chat/completions', { model: 'm' })).status).toBe(401)
    const requests = (await (await fetch(`${origin}/_sim/requests`)).json()) as { path: string; bytes: number }[]
    expect(requests.map(({ path, bytes }) => [path, bytes])).toEqual([['/v1/chat/completions', 13], ['/v1/chat/completions', 13]])
    await fetch(`${origin}/_sim/scripts`, { method: 'DELETE' })
    expect(await (await fetch(`${origin}/_sim/served`)).json()).toEqual({ requests: 0, answers: 0, inputTokens: 0, outputTokens: 0 })
  })

  it('refuses a fault that it does not have', async () => {
    await using sim = await startSimulator()
    expect(() => sim.script({ fault: 'explode' } as unknown as Script)).toThrow(/one of reset-before-headers/)
    expect((await ask(sim, '/chat/completions', { model: 'm?fault=explode' })).status).toBe(500)
    const control = await fetch(`${new URL(sim.url).origin}/_sim/scripts`, { method: 'POST', body: '{"fault":"explode"}' })
    expect(control.status).toBe(400)
  })

  it('keeps the very bytes, and closes with requests still hanging', async () => {
    const sim = await startSimulator()
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
    await fetch(`${sim.url}/chat/completions`, { method: 'POST', body: bytes })
    expect(sim.requests[0]?.body.equals(bytes)).toBe(true)
    const hanging = ask(sim, '/chat/completions', { model: 'm?fault=hang' })
    const outcome = expect(hanging).rejects.toThrow()
    while (sim.served.requests < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await sim.close()
    await outcome
    await sim.close()
    expect(sim.openSockets).toBe(0)
  })
})
