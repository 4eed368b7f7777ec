import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { anthropicClient } from '../sdk/support/anthropic-client.ts'
import type { Answer, Question, Tool } from '../sdk/support/conversation.ts'
import { googleClient } from '../sdk/support/google-client.ts'
import { openaiChatClient } from '../sdk/support/openai-chat-client.ts'
import { openaiResponsesClient } from '../sdk/support/openai-responses-client.ts'
import type { SdkClient } from '../sdk/support/sdk-client.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let place: Place
let file: string

beforeEach(async () => {
  sim = await createProviderSimulator()
  place = makePlace()
  file = join(place.directory, 'calls.txt')
  writeFileSync(file, '')
  place.write({
    version: 1,
    providers: {
      chat: { kind: 'openai-compatible', baseUrl: sim.url },
      responses: { kind: 'openai', baseUrl: sim.url, apiKey: 'k' },
      messages: { kind: 'anthropic', baseUrl: sim.url, apiKey: 'k' },
      gemini: { kind: 'google', baseUrl: `${sim.origin}/v1beta`, apiKey: 'k' },
    },
    mcpServers: { counting: { command: process.execPath, args: [testServerPath('counting'), '--file', file] } },
    telemetry: { level: 'warn' },
  })
})
afterEach(async () => {
  await sim.close()
  place[Symbol.dispose]()
})

const calls = (): readonly string[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')

/** Results that are on disk. */
function madeCalls(): number {
  using database = new DatabaseSync(join(place.directory, 'data', 'trunkline.db'), { readOnly: true })
  return Number(database.prepare("select count(*) as made from run_steps where kind = 'call-made'").get()?.['made'])
}

async function kill(gateway: GatewayProcess): Promise<void> {
  gateway.child.kill('SIGKILL')
  await gateway.exited
}

/** What the provider was sent last for a model. */
const sent = (model: string): string => sim.requests.findLast(({ path, body }) => `${path}${body.toString()}`.includes(model))?.body.toString() ?? ''

const WEATHER: Tool = { name: 'weather', schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }

interface Talk {
  readonly client: SdkClient
  readonly stream: boolean
  readonly provider: string
  readonly model: string
  /** The tool that is called beside the client's own. */
  readonly tool: 'pay' | 'never'
}

const WAYS = [
  [openaiChatClient, 'chat'],
  [openaiResponsesClient, 'responses'],
  [anthropicClient, 'messages'],
  [googleClient, 'gemini'],
] as const

const TALKS: readonly Talk[] = WAYS.flatMap(([client, provider]) =>
  [true, false].flatMap((stream) => (['pay', 'never'] as const).map((tool): Talk => ({ client, stream, provider, tool, model: `${provider}-${stream ? 'streamed' : 'whole'}-${tool}` }))),
)

const ask = ({ client, stream, provider, model }: Talk, { url }: GatewayProcess, question: Question): Promise<Answer> => {
  const at = { origin: url, model: `${provider}/${model}+tools:counting` }
  return stream ? client.stream(at, question) : client.whole(at, question)
}

const pay = (model: string, turn: number) => ({ name: 'counting__pay', arguments: JSON.stringify({ model, turn }) })

describe('a turn with calls of both sides, when the gateway is killed before the client answers', () => {
  it('is gone on with by the next process, which makes no call again: every dialect, streamed and whole', async () => {
    const questions = new Map<string, Question>()
    {
      await using gateway = await startGatewayProcess(place)
      for (const [index, talk] of TALKS.entries()) {
        const { model, tool } = talk
        sim.script(
          { model, firstCall: 10 * index, tools: [pay(model, 1)] },
          { model, firstCall: 10 * index + 5, tools: [{ name: 'weather', arguments: '{"city":"Łódź"}' }, tool === 'pay' ? pay(model, 2) : { ...pay(model, 2), name: 'counting__never' }] },
        )
        const question: Question = { turns: [{ kind: 'user', text: 'Pay and look.' }], tools: [WEATHER] }
        const answer = await ask(talk, gateway, question)
        const [call] = answer.calls
        if (!call) throw new Error(`Expected a call of ${model}, got ${JSON.stringify(answer)}.`)
        expect(answer.calls).toMatchObject([{ name: 'weather', input: { city: 'Łódź' } }])
        questions.set(model, { ...question, turns: [...question.turns, { kind: 'answer', answer }, { kind: 'results', results: [{ call, text: '5 °C' }] }] })
      }
      await until(() => calls().length === 2 * TALKS.length && madeCalls() === TALKS.length / 2, 'all calls have reached their server, and the results are on disk')
      await kill(gateway)
    }
    const before = calls()
    for (const isAgain of [false, true]) {
      await using gateway = await startGatewayProcess(place)
      for (const talk of TALKS) {
        const { model, tool } = talk
        const question = questions.get(model)
        if (!question) throw new Error('There is a question.')
        sim.script({ model, text: 'All is paid.' })
        expect(await ask(talk, gateway, question), model).toMatchObject({ text: 'All is paid.', calls: [] })
        const body = sent(model)
        expect([body.match(/pay done/g)?.length, body.match(/may have been carried out/g)?.length, body.match(/5 °C/g)?.length], `${model} ${isAgain}`).toEqual(tool === 'pay' ? [2, undefined, 1] : [1, 1, 1])
      }
      expect(calls()).toEqual(before)
      // A client that does not know of our calls brings no word of them later, either.
      await kill(gateway)
    }
  }, 300_000)

  it('does not hold up a gateway that is stopped during a call, and is gone on with', async () => {
    const config = JSON.parse(readFileSync(place.document, 'utf8')) as object
    place.write({ ...config, runs: { toolTimeout: '10m' } })
    sim.script({ model: 'some', tools: [{ name: 'weather', arguments: '{"city":"Łódź"}' }, { name: 'counting__never', arguments: '{}' }] }, { model: 'some', text: 'Good.' })
    const talk: Talk = { client: openaiChatClient, stream: true, provider: 'chat', model: 'some', tool: 'never' }
    const question: Question = { turns: [{ kind: 'user', text: 'Pay and look.' }], tools: [WEATHER] }
    let answer: Answer
    {
      await using gateway = await startGatewayProcess(place)
      answer = await ask(talk, gateway, question)
      await until(() => calls().length === 1, 'the call has reached its server')
      gateway.child.kill('SIGTERM')
      expect((await gateway.exited).signal).toBeNull()
    }
    const [call] = answer.calls
    if (!call) throw new Error('There is a call.')
    await using gateway = await startGatewayProcess(place)
    await ask(talk, gateway, { ...question, turns: [...question.turns, { kind: 'answer', answer }, { kind: 'results', results: [{ call, text: '5 °C' }] }] })
    expect(sent('some')).toContain('may have been carried out')
    expect(calls()).toHaveLength(1)
  }, 300_000)

  it('is known to its own principal only', async () => {
    const config = JSON.parse(readFileSync(place.document, 'utf8')) as object
    const scopes = ['models:use', 'tools:use']
    place.write({ ...config, auth: { keys: [{ name: 'one', key: 'tl-key-of-the-first-one', scopes }, { name: 'two', key: 'tl-key-of-the-second-one', scopes }] } })
    sim.script({ model: 'some', tools: [{ name: 'weather', arguments: '{"city":"Łódź"}' }, pay('some', 1)] })
    const body = { model: 'chat/some+tools:counting', messages: [{ role: 'user' as const, content: 'Pay and look.' }], tools: [{ type: 'function' as const, function: { name: 'weather', parameters: WEATHER.schema } }] }
    const open = (url: string, apiKey: string): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
    const messages: OpenAI.ChatCompletionMessageParam[] = [...body.messages]
    {
      await using gateway = await startGatewayProcess(place)
      const answer = await open(gateway.url, 'tl-key-of-the-first-one').chat.completions.create(body)
      const said = answer.choices[0]?.message
      if (!said) throw new Error('There is a message.')
      messages.push(said, { role: 'tool', tool_call_id: said.tool_calls?.[0]?.id ?? '', content: '5 °C' })
      await until(() => madeCalls() === 1, 'the result is on disk')
      await kill(gateway)
    }
    await using gateway = await startGatewayProcess(place)
    sim.script({ model: 'some', text: 'Good.', times: 2 })
    await open(gateway.url, 'tl-key-of-the-second-one').chat.completions.create({ ...body, messages })
    expect(sent('some')).toContain('5 °C')
    expect(sent('some')).not.toContain('pay done')
    await open(gateway.url, 'tl-key-of-the-first-one').chat.completions.create({ ...body, messages })
    expect(sent('some')).toContain('pay done')
    expect(calls()).toHaveLength(1)
  }, 300_000)
})

const ASKING = { type: 'mcp', server_label: 'counting', require_approval: { always: { tool_names: ['pay', 'never'] } } } as unknown as OpenAI.Responses.Tool

describe('a question to the client, when the gateway is killed before it is answered', () => {
  const openai = ({ url }: GatewayProcess): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 })
  const questionIn = ({ output }: OpenAI.Responses.Response): string => output.find(({ type }) => type === 'mcp_approval_request')?.id ?? ''
  const approving = (model: string, { id, output }: OpenAI.Responses.Response) => ({
    model: `chat/${model}`,
    tools: [ASKING],
    previous_response_id: id,
    input: [{ type: 'mcp_approval_response' as const, approval_request_id: questionIn({ id, output } as OpenAI.Responses.Response), approve: true }],
  })

  it('may still be answered: the call is made then, once', async () => {
    sim.script({ model: 'some', tools: [pay('some', 1), { name: 'counting__look', arguments: '{}' }] })
    let first: OpenAI.Responses.Response
    {
      await using gateway = await startGatewayProcess(place)
      first = await openai(gateway).responses.create({ model: 'chat/some', tools: [ASKING], input: 'Pay.' })
      expect(calls()).toEqual(['look {}'])
      await kill(gateway)
    }
    const all = ['look {}', `pay ${pay('some', 1).arguments}`]
    for (let round = 0; round < 2; round++) {
      await using gateway = await startGatewayProcess(place)
      sim.script({ model: 'some', text: 'Paid.' })
      const second = await openai(gateway).responses.create(approving('some', first))
      expect(second.output).toMatchObject([{ type: 'mcp_call', name: 'pay', output: 'pay done', approval_request_id: questionIn(first) }, { type: 'message' }])
      expect(calls()).toEqual(all)
      expect([...sent('some').matchAll(/(?:pay|look) done/g)].map(([text]) => text).toSorted()).toEqual(['look done', 'pay done'])
      await kill(gateway)
    }
  }, 300_000)

  it('is not acted on twice when the gateway is killed during the approved call', async () => {
    sim.script({ model: 'some', tools: [{ name: 'counting__never', arguments: '{}' }] })
    let first: OpenAI.Responses.Response
    {
      await using gateway = await startGatewayProcess(place)
      first = await openai(gateway).responses.create({ model: 'chat/some', tools: [ASKING], input: 'Pay.' })
      const broken = expect(openai(gateway).responses.create(approving('some', first))).rejects.toThrow()
      await until(() => calls().length === 1, 'the call has reached its server')
      await kill(gateway)
      await broken
    }
    await using gateway = await startGatewayProcess(place)
    sim.script({ model: 'some', text: 'Who knows.' })
    const second = await openai(gateway).responses.create(approving('some', first))
    expect(second.output).toMatchObject([{ type: 'mcp_call', name: 'never', status: 'failed' }, { type: 'message' }])
    expect(sent('some')).toContain('may have been carried out')
    expect(calls()).toEqual(['never {}'])
  }, 300_000)

  it('is not acted on twice when the client leaves during the approved call, and approves again', async () => {
    sim.script({ model: 'some', tools: [{ name: 'counting__never', arguments: '{}' }] }, { model: 'some', text: 'Who knows.' })
    await using gateway = await startGatewayProcess(place)
    const first = await openai(gateway).responses.create({ model: 'chat/some', tools: [ASKING], input: 'Pay.' })
    const leaving = new AbortController()
    const left = expect(openai(gateway).responses.create(approving('some', first), { signal: leaving.signal })).rejects.toThrow()
    await until(() => calls().length === 1, 'the call has reached its server')
    leaving.abort()
    await left
    const second = await openai(gateway).responses.create(approving('some', first))
    expect(second.output).toMatchObject([{ type: 'mcp_call', name: 'never', status: 'failed' }, { type: 'message' }])
    expect(sent('some')).toContain('may have been carried out')
    expect(calls()).toEqual(['never {}'])
  }, 300_000)

  it.each(['SIGKILL', 'SIGTERM'] as const)('is asked by the next process when it was asked in the background, without another call beside it: %s', async (signal) => {
    sim.script({ model: 'some', tools: [pay('some', 1), { name: 'counting__explode', arguments: '{}' }] })
    const tool = { ...ASKING, require_approval: { always: { tool_names: ['pay'] } } } as unknown as OpenAI.Responses.Tool
    const config = JSON.parse(readFileSync(place.document, 'utf8')) as { mcpServers: { counting: { args: string[] } } }
    config.mcpServers.counting.args.push('--call-delay', '600000')
    place.write({ ...config, runs: { toolTimeout: '10m' } })
    let id: string
    {
      await using gateway = await startGatewayProcess(place)
      const queued = await openai(gateway).responses.create({ model: 'chat/some', tools: [tool], input: 'Pay.', background: true })
      ;({ id } = queued)
      await until(() => calls().length === 1, 'the call has reached its server')
      gateway.child.kill(signal)
      expect((await gateway.exited).signal).toBe(signal === 'SIGKILL' ? signal : null)
    }
    await using gateway = await startGatewayProcess(place)
    const client = openai(gateway)
    await expect.poll(async () => (await client.responses.retrieve(id)).status, { timeout: 60_000 }).toBe('completed')
    const { output } = await client.responses.retrieve(id)
    expect(output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_approval_request', 'mcp_call'])
    expect(output[2]).toMatchObject({ name: 'explode', status: 'failed', error: { content: [{ text: expect.stringContaining('may have been carried out') as string }] } })
    expect([calls(), sim.requests.length]).toEqual([['explode {}'], 1])
  }, 300_000)

  it.each([true, false])('does not keep a run beyond its time for a call beside it (stream: %s)', async (stream) => {
    const config = JSON.parse(readFileSync(place.document, 'utf8')) as object
    place.write({ ...config, runs: { toolTimeout: '10m', maxDuration: '2s' } })
    sim.script({ model: 'some', tools: [pay('some', 1), { name: 'counting__look', arguments: '{}' }, { name: 'counting__never', arguments: '{}' }] })
    const tool = { ...ASKING, require_approval: { always: { tool_names: ['pay'] } } } as unknown as OpenAI.Responses.Tool
    await using gateway = await startGatewayProcess(place)
    const answer = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'chat/some', tools: [tool], input: 'Pay.', stream }) })
    const text = await answer.text()
    expect(answer.status).toBe(stream ? 200 : 504)
    expect(text).toContain('The run took longer than 2000 ms.')
    expect(text).not.toContain('response.completed')
  }, 300_000)
})
