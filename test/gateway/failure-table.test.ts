import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator, type QueuedScript } from '../../sim/index.ts'
import { isJsonObject, type JsonValue } from '../../src/lib/json.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { askAs, CLIENTS, errorMessage, errorWords, finishWords, lastEvent, type Client, type Received } from './failure-clients.ts'

const PROVIDERS = ['messages', 'chat', 'responses', 'gemini', 'ollama'] as const

type Provider = (typeof PROVIDERS)[number]

let sim: ProviderSimulator
let gateway: ModelGateway

beforeAll(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [
      defineProvider('messages', sim.url, { kind: 'anthropic' }),
      defineProvider('chat', sim.url),
      defineProvider('responses', sim.url, { dialects: ['openai-responses'] }),
      defineProvider('gemini', `${sim.origin}/v1beta`, { kind: 'google' }),
      defineProvider('ollama', sim.origin, { kind: 'ollama' }),
    ],
    settings: { backoffBaseMs: 1, backoffMaxMs: 2, maxWaitMs: 10, maxAttempts: 2 },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const LATER_MS = 200_000

/** The date that was given as a date, and what is left until then as seconds. */
function readPause(said: string): string {
  const isDate = said.endsWith('GMT')
  const ms = isDate ? Date.parse(said) - Date.now() : Number(said) * 1000
  if (Math.abs(ms - LATER_MS) > 60_000) return said
  return isDate ? 'date' : 'until-then'
}

/** `retry-after=7`, as the client gets it. */
function pauseOf(headers: Headers): string {
  const [said, ms] = [headers.get('retry-after'), headers.get('retry-after-ms')]
  return `${said === null ? '' : ` retry-after=${readPause(said)}`}${ms === null ? '' : ` retry-after-ms=${ms}`}`
}

/** One cell of the table: what decides what a client does next. */
function describeAnswer(client: Client, { status, headers, text, isCut }: Received): string {
  if (isCut) return `${status} cut`
  if (status >= 400) return `${status} ${errorWords(client, JSON.parse(text) as JsonValue)}${pauseOf(headers)}`
  if (!String(headers.get('content-type')).startsWith('text/event-stream')) return `${status} ${finishWords(client, JSON.parse(text) as JsonValue)}`
  const { name, value, isWhole } = lastEvent(client, text)
  const holder = isJsonObject(value) && isJsonObject(value['response']) ? value['response'] : value
  return `${name}: ${errorWords(client, holder)}${isWhole ? ' AND AN END' : ''}`
}

const rows = (table: string): readonly string[] => table.trim().split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '))

/** Every provider’s failure as every client is told of it, as the lines of a table. */
async function play(scriptFor: (provider: Provider) => QueuedScript, stream: boolean): Promise<{ readonly lines: readonly string[]; readonly answers: readonly Received[] }> {
  const lines: string[] = []
  const answers: Received[] = []
  for (const provider of PROVIDERS) {
    const cells: string[] = []
    for (const client of CLIENTS) {
      sim.reset()
      sim.script({ times: 2, ...scriptFor(provider) })
      const answer = await askAs(client, new URL(gateway.url).origin, `${provider}/echo`, stream)
      answers.push(answer)
      cells.push(describeAnswer(client, answer))
    }
    lines.push([provider, ...cells].join('  '))
  }
  return { lines, answers }
}

const OVERFLOW: Readonly<Record<Provider, unknown>> = {
  messages: { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 215000 tokens > 200000 maximum' } },
  chat: { error: { message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", type: 'invalid_request_error', code: 'context_length_exceeded' } },
  responses: { error: { message: 'Your input exceeds the context window of this model.', type: 'invalid_request_error', code: 'context_length_exceeded' } },
  gemini: { error: { code: 400, message: 'The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).', status: 'INVALID_ARGUMENT' } },
  ollama: { error: 'the input length exceeds the context length' },
}

const FILTERED: Readonly<Partial<Record<Provider, string>>> = { messages: 'refusal', chat: 'content_filter', responses: 'content_filter', gemini: 'SAFETY' }

const isRefusing = (status: number): QueuedScript => ({ fault: 'status', status })

interface Failure {
  readonly name: string
  readonly stream?: true
  script(provider: Provider): QueuedScript
  /** Provider, then what the clients of Messages, Chat Completions, Responses and Gemini are told. */
  readonly table: string
}

const FAILURES: readonly Failure[] = [
  {
    name: 'LT-G01 a limit, with seconds',
    script: () => ({ ...isRefusing(429), retryAfter: '7' }),
    table: `
      messages   429 rate_limit_error retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 RESOURCE_EXHAUSTED retry-after=7
      chat       429 rate_limit_error retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 RESOURCE_EXHAUSTED retry-after=7
      responses  429 rate_limit_error retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 RESOURCE_EXHAUSTED retry-after=7
      gemini     429 rate_limit_error retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 RESOURCE_EXHAUSTED retry-after=7
      ollama     429 rate_limit_error retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 rate_limit_error rate_limit_exceeded retry-after=7  429 RESOURCE_EXHAUSTED retry-after=7
    `,
  },
  {
    name: 'a limit, with milliseconds',
    script: () => ({ ...isRefusing(429), retryAfterMs: '1500' }),
    table: `
      messages   429 rate_limit_error retry-after-ms=1500  429 rate_limit_error rate_limit_exceeded retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 RESOURCE_EXHAUSTED retry-after=2
      chat       429 rate_limit_error retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after-ms=1500  429 rate_limit_error rate_limit_exceeded retry-after=2        429 RESOURCE_EXHAUSTED retry-after=2
      responses  429 rate_limit_error retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after-ms=1500  429 RESOURCE_EXHAUSTED retry-after=2
      gemini     429 rate_limit_error retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 RESOURCE_EXHAUSTED retry-after-ms=1500
      ollama     429 rate_limit_error retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 rate_limit_error rate_limit_exceeded retry-after=2        429 RESOURCE_EXHAUSTED retry-after=2
    `,
  },
  {
    name: 'a limit, with a date',
    script: () => ({ ...isRefusing(429), retryAfter: new Date(Date.now() + LATER_MS).toUTCString() }),
    table: `
      messages   429 rate_limit_error retry-after=date        429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 RESOURCE_EXHAUSTED retry-after=until-then
      chat       429 rate_limit_error retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=date        429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 RESOURCE_EXHAUSTED retry-after=until-then
      responses  429 rate_limit_error retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=date        429 RESOURCE_EXHAUSTED retry-after=until-then
      gemini     429 rate_limit_error retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 RESOURCE_EXHAUSTED retry-after=date
      ollama     429 rate_limit_error retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 rate_limit_error rate_limit_exceeded retry-after=until-then  429 RESOURCE_EXHAUSTED retry-after=until-then
    `,
  },
  {
    name: 'a limit, with nonsense',
    script: () => ({ ...isRefusing(429), retryAfter: '1e9' }),
    table: `
      messages   429 rate_limit_error retry-after=1e9  429 rate_limit_error rate_limit_exceeded retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 RESOURCE_EXHAUSTED retry-after=300
      chat       429 rate_limit_error retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=1e9  429 rate_limit_error rate_limit_exceeded retry-after=300  429 RESOURCE_EXHAUSTED retry-after=300
      responses  429 rate_limit_error retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=1e9  429 RESOURCE_EXHAUSTED retry-after=300
      gemini     429 rate_limit_error retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 RESOURCE_EXHAUSTED retry-after=1e9
      ollama     429 rate_limit_error retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 rate_limit_error rate_limit_exceeded retry-after=300  429 RESOURCE_EXHAUSTED retry-after=300
    `,
  },
  {
    name: 'a limit, without a word',
    script: () => isRefusing(429),
    table: `
      messages   429 rate_limit_error  429 rate_limit_error rate_limit_exceeded  429 rate_limit_error rate_limit_exceeded  429 RESOURCE_EXHAUSTED
      chat       429 rate_limit_error  429 rate_limit_error rate_limit_exceeded  429 rate_limit_error rate_limit_exceeded  429 RESOURCE_EXHAUSTED
      responses  429 rate_limit_error  429 rate_limit_error rate_limit_exceeded  429 rate_limit_error rate_limit_exceeded  429 RESOURCE_EXHAUSTED
      gemini     429 rate_limit_error  429 rate_limit_error rate_limit_exceeded  429 rate_limit_error rate_limit_exceeded  429 RESOURCE_EXHAUSTED
      ollama     429 rate_limit_error  429 rate_limit_error rate_limit_exceeded  429 rate_limit_error rate_limit_exceeded  429 RESOURCE_EXHAUSTED
    `,
  },
  {
    name: 'overload (529)',
    script: () => isRefusing(529),
    table: `
      messages   529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      chat       529 overloaded_error  529 server_error overloaded            503 server_error server_is_overloaded  503 UNAVAILABLE
      responses  529 overloaded_error  503 server_error server_is_overloaded  529 server_error overloaded            503 UNAVAILABLE
      gemini     529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  529 UNAVAILABLE
      ollama     529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
    `,
  },
  {
    name: 'overload (503)',
    script: () => isRefusing(503),
    table: `
      messages   503 api_error         503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      chat       503 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      responses  503 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      gemini     503 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      ollama     503 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
    `,
  },
  {
    name: 'its own failure (500)',
    script: () => isRefusing(500),
    table: `
      messages   500 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      chat       502 api_error  500 server_error server_error       502 server_error upstream_rejected  502 INTERNAL
      responses  502 api_error  502 server_error upstream_rejected  500 server_error server_error       502 INTERNAL
      gemini     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  500 INTERNAL
      ollama     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
    `,
  },
  {
    name: 'LT-P07 our credential refused (401)',
    script: () => isRefusing(401),
    table: `
      messages   502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      chat       502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      responses  502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      gemini     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      ollama     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
    `,
  },
  {
    name: 'LT-P07 our account refused (403)',
    script: () => isRefusing(403),
    table: `
      messages   502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      chat       502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      responses  502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      gemini     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
      ollama     502 api_error  502 server_error upstream_rejected  502 server_error upstream_rejected  502 INTERNAL
    `,
  },
  {
    name: 'an unknown model (404)',
    script: () => isRefusing(404),
    table: `
      messages   404 not_found_error  404 invalid_request_error model_not_found  404 invalid_request_error model_not_found  404 NOT_FOUND
      chat       404 not_found_error  404 invalid_request_error model_not_found  404 invalid_request_error model_not_found  404 NOT_FOUND
      responses  404 not_found_error  404 invalid_request_error model_not_found  404 invalid_request_error model_not_found  404 NOT_FOUND
      gemini     404 not_found_error  404 invalid_request_error model_not_found  404 invalid_request_error model_not_found  404 NOT_FOUND
      ollama     404 not_found_error  404 invalid_request_error model_not_found  404 invalid_request_error model_not_found  404 NOT_FOUND
    `,
  },
  {
    name: 'LT-L05 a full context',
    script: (provider) => ({ ...isRefusing(400), body: JSON.stringify(OVERFLOW[provider]) }),
    table: `
      messages   400 invalid_request_error  400 invalid_request_error context_length_exceeded  400 invalid_request_error context_length_exceeded  400 INVALID_ARGUMENT
      chat       400 invalid_request_error  400 invalid_request_error context_length_exceeded  400 invalid_request_error context_length_exceeded  400 INVALID_ARGUMENT
      responses  400 invalid_request_error  400 invalid_request_error context_length_exceeded  400 invalid_request_error context_length_exceeded  400 INVALID_ARGUMENT
      gemini     400 invalid_request_error  400 invalid_request_error context_length_exceeded  400 invalid_request_error context_length_exceeded  400 INVALID_ARGUMENT
      ollama     400 invalid_request_error  400 invalid_request_error context_length_exceeded  400 invalid_request_error context_length_exceeded  400 INVALID_ARGUMENT
    `,
  },
  {
    name: 'LT-L08 a refusal',
    script: () => ({ refusal: 'I cannot.' }),
    table: `
      messages   200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      chat       200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      responses  200 refusal   200 stop            200 completed                  200 SAFETY
      gemini     200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      ollama     200 end_turn  200 stop            200 completed                  200 STOP
    `,
  },
  {
    name: 'LT-L08 a content filter',
    script: (provider) => ({ text: 'I', ...(FILTERED[provider] === undefined ? {} : { finish: FILTERED[provider] }) }),
    table: `
      messages   200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      chat       200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      responses  200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      gemini     200 refusal   200 content_filter  200 incomplete content_filter  200 SAFETY
      ollama     200 end_turn  200 stop            200 completed                  200 STOP
    `,
  },
  {
    name: 'LT-F18 a failure in the middle of a stream',
    stream: true,
    script: () => ({ fault: 'error-event', after: 5, text: 'one two three four five six seven' }),
    table: `
      messages   error: overloaded_error  data: server_error server_is_overloaded  response.failed: – server_is_overloaded  data: UNAVAILABLE
      chat       error: overloaded_error  data: server_error overloaded            response.failed: – server_is_overloaded  data: UNAVAILABLE
      responses  error: overloaded_error  data: server_error server_is_overloaded  response.failed: – server_is_overloaded  data: UNAVAILABLE
      gemini     error: overloaded_error  data: server_error server_is_overloaded  response.failed: – server_is_overloaded  data: UNAVAILABLE
      ollama     error: api_error         data: server_error upstream_rejected     response.failed: – server_error          data: INTERNAL
    `,
  },
  {
    name: 'a failure at the very start of a stream',
    stream: true,
    script: () => ({ fault: 'error-event', after: 0 }),
    table: `
      messages   529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      chat       529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      responses  529 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      gemini     503 overloaded_error  503 server_error server_is_overloaded  503 server_error server_is_overloaded  503 UNAVAILABLE
      ollama     502 api_error         502 server_error upstream_rejected     502 server_error upstream_rejected     502 INTERNAL
    `,
  },
  {
    name: 'LT-F10 LT-G02 a stream that is cut',
    stream: true,
    script: () => ({ fault: 'cut', after: 5, text: 'one two three four five six seven' }),
    table: `
      messages   error: api_error  data: server_error upstream_interrupted  response.failed: – server_error  data: INTERNAL
      chat       error: api_error  data: server_error upstream_interrupted  response.failed: – server_error  data: INTERNAL
      responses  error: api_error  data: server_error upstream_interrupted  response.failed: – server_error  data: INTERNAL
      gemini     error: api_error  data: server_error upstream_interrupted  response.failed: – server_error  data: INTERNAL
      ollama     error: api_error  data: server_error upstream_interrupted  response.failed: – server_error  data: INTERNAL
    `,
  },
  {
    name: 'LT-F10 LT-G02 a stream that ends without its end',
    stream: true,
    script: () => ({ fault: 'eof', after: 5, text: 'one two three four five six seven' }),
    table: `
      messages   error: api_error  data: server_error upstream_protocol  response.failed: – server_error  data: INTERNAL
      chat       error: api_error  data: server_error upstream_protocol  response.failed: – server_error  data: INTERNAL
      responses  error: api_error  data: server_error upstream_protocol  response.failed: – server_error  data: INTERNAL
      gemini     error: api_error  data: server_error upstream_protocol  response.failed: – server_error  data: INTERNAL
      ollama     error: api_error  data: server_error upstream_protocol  response.failed: – server_error  data: INTERNAL
    `,
  },
]

describe('what each client is told of each provider’s failure', () => {
  it.each(FAILURES)('LT-F08 LT-G05 LT-P04 $name', async ({ script, stream = false, table }) => {
    const { lines, answers } = await play(script, stream)
    expect(lines).toEqual(rows(table))
    // The gateway has tried already; clients must not multiply that.
    for (const { status, headers } of answers) expect(headers.get('x-should-retry')).toBe(status >= 400 ? 'false' : null)
  })

  it('LT-L05 every client reads of a full context in the words that it compacts by', async () => {
    const { answers } = await play((provider) => ({ ...isRefusing(400), body: JSON.stringify(OVERFLOW[provider]) }), false)
    const told = answers.map(({ text }) => errorMessage(JSON.parse(text) as JsonValue))
    const toldTo = (client: Client): readonly string[] => told.filter((_, index) => CLIENTS[index % CLIENTS.length] === client)
    expect(toldTo('messages')).toEqual([
      'prompt is too long: 215000 tokens > 200000 maximum',
      'prompt is too long: 9000 tokens > 8192 maximum',
      expect.stringMatching(/^prompt is too long\. .*Your input exceeds the context window/),
      'prompt is too long: 1048600 tokens > 1048576 maximum',
      expect.stringMatching(/^prompt is too long\. .*the input length exceeds the context length/),
    ])
    expect(toldTo('gemini').slice(0, 2)).toEqual([
      'The input token count (215000) exceeds the maximum number of tokens allowed (200000).',
      'The input token count (9000) exceeds the maximum number of tokens allowed (8192).',
    ])
  })

  it.each([401, 403])('LT-P07 our own bad credential (%i) is named as ours, and never looks like the client’s', async (status) => {
    const { answers } = await play(() => isRefusing(status), false)
    for (const [index, answer] of answers.entries()) {
      expect(answer.status).toBe(502)
      expect(errorMessage(JSON.parse(answer.text) as JsonValue)).toContain(`providers.${PROVIDERS[Math.floor(index / CLIENTS.length)]}.apiKey`)
    }
  })

  it.each(['error-event', 'cut', 'eof'] as const)('LT-F09 LT-F17 what had come before a stream’s failure (%s) has arrived', async (fault) => {
    const { answers } = await play(() => ({ fault, after: 5, text: 'one two three four five six seven' }), true)
    for (const { text } of answers) expect(text).toContain('one')
  })
})
