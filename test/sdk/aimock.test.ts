import type { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'
import { CALLED, failWith, readResults, SAY, startAimock, STATUSES, THOUGHT } from './support/aimock.ts'
import type { Answer, Place, Question } from './support/conversation.ts'
import { classFor, statusFor } from './support/failure-classes.ts'
import { PAIRS, startPairs, STREAMED_PAIRS, type Pair } from './support/stage.ts'

let mock: LLMock
let gateway: ModelGateway
let placeOf: (pair: Pair) => Place

beforeAll(async () => {
  mock = await startAimock()
  ;({ gateway, placeOf } = await startPairs({ origin: mock.url, url: `${mock.url}/v1` }))
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await mock.stop()
})
beforeEach(() => mock.clearRequests())

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAfbLI3wAAAABJRU5ErkJggg=='
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
const tools = CALLED.map(({ name, input }) => ({ name, schema: { type: 'object', properties: Object.fromEntries(Object.keys(input).map((key) => [key, { type: 'string' }])) } }))

const say = (text: string): Question => ({ turns: [{ kind: 'user', text }] })
const ask = (pair: Pair & { readonly stream: boolean }, question: Question): Promise<Answer> => (pair.stream ? pair.client.stream(placeOf(pair), question) : pair.client.whole(placeOf(pair), question))

/** Two turns with tools, the results in another order than the calls. */
async function useTools(pair: Pair & { readonly stream: boolean }, text: string, thinks: boolean): Promise<{ readonly first: Answer; readonly last: Answer }> {
  const question: Question = { ...say(text), tools, thinks }
  const first = await ask(pair, question)
  const results = first.calls.map((call) => ({ call, text: `${call.name} ok` })).toReversed()
  return { first, last: await ask(pair, { ...question, turns: [...question.turns, { kind: 'answer', answer: first }, { kind: 'results', results }] }) }
}

/** What passes through says what the mock says, and not what Google would. */
const called = ({ client, isNative }: Pair): readonly string[] => (client.dialect === 'google-generate-content' && isNative ? ['FUNCTION_CALL', 'other'] : ['tool_calls', 'completed', 'tool_use', 'STOP', 'tool-calls'])

function expectResults(): void {
  const results = readResults(mock)
  expect(results.map(({ name }) => name).toSorted()).toEqual(['clock', 'weather'])
  // Gemini’s are objects.
  for (const { name, text } of results) expect(text).toContain(`${name} ok`)
}

const showsReasoning = ({ client, provider }: Pair): boolean => client.name !== 'ai sdk openai chat' && provider.name !== 'ollama-chat'

/** The openai SDK keeps the last piece of a field that it does not know. */
function expectThought(pair: Pair & { readonly stream: boolean }, { reasoning }: Answer): void {
  const isPiece = pair.client.name === 'openai chat' && pair.stream
  if (!showsReasoning(pair)) expect(reasoning).toBe('')
  else if (isPiece) expect(THOUGHT.endsWith(reasoning) && reasoning !== '').toBe(true)
  else expect(reasoning).toBe(THOUGHT)
}

describe.each(STREAMED_PAIRS)('against aimock: $name', (pair) => {
  it('a plain question is answered', async () => {
    expect(await ask(pair, say(SAY.hello))).toMatchObject({ text: 'Grüße zurück, 世界!', calls: [] })
  })

  it('a question with a picture is understood', async () => {
    expect(await ask(pair, { turns: [{ kind: 'user', text: SAY.hello, media: [{ mediaType: 'image/png', base64: PNG }] }] })).toMatchObject({ text: 'Grüße zurück, 世界!' })
  })

  it('LT-C01 LT-P10 parallel calls find their results', async () => {
    const { first, last } = await useTools(pair, SAY.tools, false)
    expect(first.calls).toMatchObject(CALLED)
    expect(called(pair)).toContain(first.finish)
    expect(last.text).toBe('Rain at noon.')
    expectResults()
  })

  it('LT-E03 a thought and its calls go through two turns', async () => {
    const { first, last } = await useTools(pair, SAY.thought, true)
    expect(first.calls).toMatchObject(CALLED)
    expectThought(pair, first)
    expect(last.text).toBe('Rain at noon.')
    expectResults()
  })

  it('LT-E06 a thought before a text is no text', async () => {
    const answer = await ask(pair, { ...say(SAY.words), thinks: true })
    expect(answer.text).toBe('Aloud.')
    expectThought(pair, answer)
  })

  it('an answer of a given shape comes as text', async () => {
    const answer = await ask(pair, { ...say(SAY.shape), schema })
    expect(JSON.parse(answer.text)).toEqual({ city: 'Łódź' })
  })

  it('LT-G05 LT-P04 a rate limit is thrown in the SDK’s own class, with its wait', async () => {
    const failure = pair.client.readFailure(await ask(pair, say(SAY.limit)).then(() => 'It was answered.', (error: unknown) => error))
    const wordless = pair.client.name === 'google genai'
    expect(failure).toMatchObject({ status: 429, message: expect.stringContaining('Slow down, please.') as string, retryAfter: wordless ? undefined : '7' })
    expect(mock.getRequests()).toHaveLength(1)
  })
})

describe('a PDF for aimock', () => {
  it.each(PAIRS)('is taken, or refused by name where the provider reads none: $name', async (pair) => {
    const paper = { mediaType: 'application/pdf' as const, base64: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF').toString('base64') }
    const asked = pair.client.whole(placeOf(pair), { turns: [{ kind: 'user', text: SAY.hello, media: [paper] }] })
    if (pair.provider.name !== 'ollama-chat') {
      expect(await asked).toMatchObject({ text: 'Grüße zurück, 世界!' })
      return
    }
    expect(pair.client.readFailure(await asked.catch((error: unknown) => error))).toMatchObject({ status: 400 })
    expect(mock.getRequests()).toHaveLength(0)
  })
})

describe('an SDK that is told to stop reading aimock', () => {
  it.each(PAIRS)('LT-F13 ends its exchange: $name', async (pair) => {
    const controller = new AbortController()
    const rows = gateway.ledger.rows.length
    await expect(pair.client.stream(placeOf(pair), { ...say(SAY.long), signal: controller.signal }, () => controller.abort())).rejects.toThrow()
    await until(() => gateway.ledger.rows.length === rows + 1, 'the attempt was recorded')
    expect(gateway.ledger.rows.at(-1)).toMatchObject({ outcome: 'cancelled' })
  })
})

describe.each(STATUSES)('a %i of aimock', (status) => {
  it.each(PAIRS)('LT-F08 LT-G05 is thrown in the SDK’s own class: $name', async (pair) => {
    const failure = pair.client.readFailure(await pair.client.whole(placeOf(pair), say(failWith(status))).then(() => 'It was answered.', (error: unknown) => error))
    const seen = statusFor(status, pair)
    expect(failure).toMatchObject({ kind: classFor(pair.client, seen), status: seen })
    expect(mock.getRequests()).toHaveLength(1)
  })
})

describe('a stream of aimock that breaks off', () => {
  it.each(PAIRS)('LT-F17 LT-G02 is thrown and is no end: $name', async (pair) => {
    let hasBegun = false
    const begin = (): void => {
      hasBegun = true
    }
    const failure = pair.client.readFailure(await pair.client.stream(placeOf(pair), say(SAY.cut), begin).then(() => 'It was answered.', (error: unknown) => error))
    expect(hasBegun).toBe(true)
    expect(failure.message).toMatch(new RegExp(`${pair.provider.name}.*(in the middle|before its answer did)`))
  })
})
