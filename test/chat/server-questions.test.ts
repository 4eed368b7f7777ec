import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { SamplingPolicy } from '../../src/domain/sampling-policy.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { openChat } from './support/chat-client.ts'
import { startChatGateway } from './support/chat-gateway.ts'

const EVERYTHING = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js')
const SERVER = { kind: 'stdio', command: process.execPath, args: [EVERYTHING], env: {}, inheritEnv: [], cwd: undefined } as const
const POLICY: SamplingPolicy = { model: 'sim/asked', maxTokens: 50, requestsPerMinute: 10, tokensPerHour: 10_000, consent: 'always' }

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator()
})
afterEach(() => sim.reset())
afterAll(() => sim.close())

async function start(sampling?: SamplingPolicy): Promise<{ readonly chat: Awaited<ReturnType<typeof openChat>> } & AsyncDisposable> {
  const gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], servers: { everything: SERVER }, chat: { model: 'sim/main', tools: 'everything' }, ...(sampling ? { sampling } : {}) })
  const chat = await openChat(`${gateway.wsUrl}/ws/chat`)
  return {
    chat,
    async [Symbol.asyncDispose]() {
      await chat[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

const SAMPLE = { tool: 'everything__trigger-sampling-request', toolArguments: '{"prompt":"What now?","maxTokens":20}' }

const bodies = (): readonly { readonly model: string; readonly max_tokens?: number }[] => sim.requests.map(({ body }) => JSON.parse(body.toString()) as { model: string })

describe('what an MCP server asks during a chat (threats T38)', () => {
  it('a model of the gateway answers sampling, by the policy of the server', async () => {
    await using place = await start(POLICY)
    sim.script({ ...SAMPLE, model: 'main' }, { text: 'Said by the asked model.', model: 'asked' }, { text: 'It said so.', model: 'main' })
    place.chat.send({ type: 'user_message', content: 'Let it ask.' })
    expect(await place.chat.next('assistant_message')).toMatchObject({ content: 'It said so.', steps: [{ is_error: false, result: expect.stringContaining('Said by the asked model.') }] })
    expect(bodies()).toMatchObject([{ model: 'main' }, { model: 'asked', max_tokens: 20 }, { model: 'main' }])
  })

  it.each([true, false])('the person in the chat is asked where consent is needed, and obeyed: %s', async (allow) => {
    await using place = await start({ ...POLICY, consent: 'ask' })
    sim.script({ ...SAMPLE, model: 'main' }, ...(allow ? [{ text: 'Said by the asked model.', model: 'asked' }] : []), { text: 'Well.', model: 'main' })
    place.chat.send({ type: 'user_message', content: 'Let it ask.' })
    const question = await place.chat.next('elicitation')
    expect(question).toMatchObject({ server: 'everything', params: { message: expect.stringContaining('wants to ask the model `sim/asked`') } })
    place.chat.send({ type: 'elicitation_response', id: question['id'], ...(allow ? { action: 'accept', content: { allow: true } } : { action: 'decline' }) })
    expect(await place.chat.next('assistant_message')).toMatchObject({ steps: [{ is_error: !allow, result: expect.stringContaining(allow ? 'Said by the asked model.' : 'rejected') }] })
    expect(bodies().map(({ model }) => model)).toEqual(allow ? ['main', 'asked', 'main'] : ['main', 'main'])
  })

  it('nothing is sampled without a policy', async () => {
    await using place = await start()
    sim.script({ ...SAMPLE, model: 'main' }, { text: 'Well.', model: 'main' })
    place.chat.send({ type: 'user_message', content: 'Let it ask.' })
    await place.chat.next('assistant_message')
    expect(bodies().map(({ model }) => model)).toEqual(['main', 'main'])
  })

  it('the person is asked what the server wants to know, with its form, and the server gets the answer', async () => {
    await using place = await start()
    sim.script({ tool: 'everything__trigger-elicitation-request', toolArguments: '{}', model: 'main' }, { text: 'Thanks.', model: 'main' })
    place.chat.send({ type: 'user_message', content: 'Ask me.' })
    const question = await place.chat.next('elicitation')
    expect(question).toMatchObject({ server: 'everything', tool: 'trigger-elicitation-request', params: { requestedSchema: { type: 'object' } } })
    place.chat.send({ type: 'elicitation_response', id: question['id'], action: 'accept', content: { name: 'Ada', check: true } })
    expect(await place.chat.next('assistant_message')).toMatchObject({ content: 'Thanks.', steps: [{ is_error: false, result: expect.stringContaining('Ada') }] })
  })
})
