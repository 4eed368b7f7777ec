import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator, type Script } from '../index.ts'

const DIALECTS = [
  { name: 'openai-chat', path: '/v1/chat/completions', body: { model: 'm', stream: true } },
  { name: 'openai-responses', path: '/v1/responses', body: { model: 'm', stream: true } },
  { name: 'anthropic-messages', path: '/v1/messages', body: { model: 'm', stream: true } },
  { name: 'google-generate-content', path: '/v1beta/models/m:streamGenerateContent?alt=sse', body: {} },
  { name: 'ollama-chat', path: '/api/chat', body: { model: 'm' } },
] as const

type Simulated = (typeof DIALECTS)[number]

const ask = (sim: ProviderSimulator, { path, body }: Simulated, script: Script): Promise<Response> => {
  sim.script(script)
  return fetch(`${sim.origin}${path}`, { method: 'POST', body: JSON.stringify(body) })
}

const textOf = async (sim: ProviderSimulator, dialect: Simulated, script: Script): Promise<string> => (await ask(sim, dialect, script)).text()

/** Ids carry the number of the request. */
const blank = (text: string): string => text.replaceAll(/sim\d+/g, 'sim')

describe.each(DIALECTS)('the faults of the simulator in $name', (dialect) => {
  it('sends the same bytes in pieces of one, and fewer of them when it stops', async () => {
    await using sim = await startSimulator()
    const script = { text: 'grün 日本', reasoning: 'hm' }
    const whole = blank(await textOf(sim, dialect, script))
    expect(blank(await textOf(sim, dialect, { ...script, splitBytes: 1 }))).toBe(whole)
    const stopped = blank(await textOf(sim, dialect, { ...script, fault: 'eof', after: 2 }))
    expect(whole.startsWith(stopped)).toBe(true)
    expect(stopped.length).toBeLessThan(whole.length)
    const unended = blank(await textOf(sim, dialect, { ...script, terminator: 'none' }))
    expect(unended.length).toBeLessThan(whole.length)
  })

  it('cuts, resets and refuses', async () => {
    await using sim = await startSimulator()
    await expect(textOf(sim, dialect, { text: 'a b', fault: 'cut', after: 1 })).rejects.toThrow()
    await expect(textOf(sim, dialect, { fault: 'reset-before-headers' })).rejects.toThrow()
    await expect(textOf(sim, dialect, { fault: 'reset-after-headers' })).rejects.toThrow()
    const refused = await ask(sim, dialect, { fault: 'status', status: 503, retryAfter: '3' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3'])
    expect(await refused.json()).toHaveProperty('error')
    expect(await textOf(sim, dialect, { fault: 'empty' })).toBe('')
    expect(await (await ask(sim, dialect, { fault: 'json-instead' })).json()).toBeTypeOf('object')
    expect(sim.served.answers).toBe(0)
  })

  it('writes numbers of tokens as told', async () => {
    await using sim = await startSimulator()
    expect(await textOf(sim, dialect, { inputTokens: 77_777, usage: 'none' })).not.toContain('77777')
    const { body, path } = dialect
    const counted = { ...body, stream_options: { include_usage: true } }
    const say = async (usage: Script['usage']): Promise<string> => {
      sim.script({ inputTokens: 77_777, ...(usage ? { usage } : {}) })
      return (await fetch(`${sim.origin}${path}`, { method: 'POST', body: JSON.stringify(counted) })).text()
    }
    expect(await say('normal')).toContain(':77777')
    expect(await say('string')).toContain(':"77777"')
    expect(await say('negative')).toContain(':-77777')
  })
})

describe('the older dialects of the simulator, judged by their SDKs', () => {
  it('refuses in Chat and in Messages', async () => {
    await using sim = await startSimulator({ script: { refusal: 'No.', reasoning: 'hm', seal: 'mark' } })
    const openai = new OpenAI({ baseURL: sim.url, apiKey: 'k' })
    const body = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] }
    expect((await openai.chat.completions.create(body)).choices).toMatchObject([{ message: { content: null, refusal: 'No.' }, finish_reason: 'content_filter' }])
    const folded = await openai.chat.completions.stream(body).finalMessage()
    expect(folded).toMatchObject({ refusal: 'No.' })
    const anthropic = new Anthropic({ baseURL: sim.origin, apiKey: 'k' })
    const message = await anthropic.messages.stream({ ...body, max_tokens: 9 }).finalMessage()
    expect(message).toMatchObject({ stop_reason: 'refusal', stop_details: { explanation: 'No.' }, content: [{ type: 'thinking', signature: 'mark' }] })
  })

  it('streams arguments that are no JSON as they are scripted, where a dialect can', async () => {
    await using sim = await startSimulator({ script: { tool: 'f', toolArguments: '{"a":' } })
    for (const dialect of DIALECTS.filter(({ name }) => !['google-generate-content', 'ollama-chat'].includes(name))) {
      const pieces = [...(await textOf(sim, dialect, {})).matchAll(/"(?:partial_json|delta|arguments)":"((?:[^"\\]|\\.)*)"/g)].map((match) => JSON.parse(`"${match[1]}"`) as string)
      expect(pieces.join('')).toContain('{"a":')
    }
    const refused = await fetch(`${sim.origin}/api/chat`, { method: 'POST', body: '{"model":"m"}' })
    expect([refused.status, await refused.text()]).toEqual([500, expect.stringContaining('SyntaxError')])
  })

  it('lists models in the shape that the headers ask for', async () => {
    await using sim = await startSimulator({ models: ['a', 'b'] })
    const anthropic = await new Anthropic({ baseURL: sim.origin, apiKey: 'k' }).models.list()
    expect(anthropic.data).toMatchObject([{ type: 'model', id: 'a', display_name: 'a' }, { id: 'b' }])
    const openai = await new OpenAI({ baseURL: sim.url, apiKey: 'k' }).models.list()
    expect(openai.data).toMatchObject([{ object: 'model', id: 'a' }, { id: 'b' }])
  })

  it('has no WebSocket and says so', async () => {
    await using sim = await startSimulator()
    const upgrade = request(`${sim.url}/responses`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end()
    const [answer] = (await once(upgrade, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(426)
  })

  it('gives the very bytes of a request to another process', async () => {
    await using sim = await startSimulator()
    const bytes = Buffer.from('{"model":"m","n":1e400}')
    await fetch(`${sim.url}/responses`, { method: 'POST', body: bytes })
    const got = await fetch(`${sim.origin}/_sim/requests/0/body`)
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true)
    expect((await fetch(`${sim.origin}/_sim/requests/1/body`)).status).toBe(404)
  })
})
