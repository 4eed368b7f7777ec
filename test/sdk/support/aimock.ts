import { LLMock } from '@copilotkit/aimock'

export const THOUGHT = 'I look it up, so.'
export const CALLED = [
  { name: 'weather', input: { city: 'Zürich' } },
  { name: 'clock', input: { zone: 'CET' } },
]

/** Failures that it can be asked for. */
export const STATUSES = [400, 401, 404, 503, 529] as const

export const failWith = (status: number): string => `Fail with ${status}`

/** What its users are told to write, by what they want to see. */
export const SAY = { hello: 'Say hello, 世界', tools: 'Weather and time', thought: 'Think of the weather', words: 'Think aloud', shape: 'Fill the shape', limit: 'Too much', cut: 'Break off', long: 'Tell a long story' } as const

const toolCalls = CALLED.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) }))

/**
 * A server of others that speaks for all providers, so that the gateway is not judged by its own simulator alone. It reads requests by
 * itself: what it calls a tool's result is what it made of the wire. Its thinking has a signature in Anthropic’s dialect only, and in
 * Ollama’s it stands in `reasoning_content`, where Ollama has `thinking`. It ends calls of Gemini with `FUNCTION_CALL`, where Google says
 * `STOP`. It does not count tokens that nobody told it.
 */
export async function startAimock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, chunkSize: 4, logLevel: 'silent' })
  mock.on({ userMessage: SAY.hello }, { content: 'Grüße zurück, 世界!' })
  mock.on({ userMessage: SAY.tools, hasToolResult: false }, { toolCalls })
  mock.on({ userMessage: SAY.tools, hasToolResult: true }, { content: 'Rain at noon.' })
  mock.on({ userMessage: SAY.thought, hasToolResult: false }, { toolCalls, reasoning: THOUGHT, reasoningSignature: 'EqQBsig==' })
  mock.on({ userMessage: SAY.thought, hasToolResult: true }, { content: 'Rain at noon.' })
  mock.on({ userMessage: SAY.words }, { content: 'Aloud.', reasoning: THOUGHT, reasoningSignature: 'EqQBsig==' })
  mock.on({ userMessage: SAY.shape }, { content: '{"city":"Łódź"}' })
  mock.on({ userMessage: SAY.limit }, { error: { message: 'Slow down, please.', type: 'rate_limit_error' }, status: 429, retryAfter: 7 })
  mock.on({ userMessage: SAY.cut }, { content: 'These are many words, that will not all be said before it breaks off.' }, { truncateAfterChunks: 12, latency: 3 })
  mock.on({ userMessage: SAY.long }, { content: 'Once upon a time. '.repeat(200) }, { latency: 10 })
  for (const status of STATUSES) mock.on({ userMessage: failWith(status) }, { error: { message: `Told to fail with ${status}.`, type: 'invalid_request_error' }, status })
  await mock.start()
  return mock
}

export interface ReadResult {
  readonly name: string
  readonly text: string
}

/** The results of the last request, as the mock joined them to their calls: by ids, and where a dialect has none by their order. */
export function readResults(mock: LLMock): readonly ReadResult[] {
  const body = mock.getLastRequest()?.body
  const messages = body && 'messages' in body && Array.isArray(body.messages) ? body.messages : []
  const calls = messages.flatMap(({ tool_calls: list }) => list ?? [])
  return messages.filter(({ role }) => role === 'tool').map(({ tool_call_id: id, content }, index) => {
    const call = id === undefined ? calls[index] : calls.find((one) => one.id === id)
    return { name: call?.function.name ?? 'nobody', text: typeof content === 'string' ? content : JSON.stringify(content) }
  })
}
