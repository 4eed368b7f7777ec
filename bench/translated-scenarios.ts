export interface Asked {
  readonly path: string
  readonly body: Buffer
}

/** A stream that is translated on its way: what the client asks the gateway for, and what it would have asked the provider for itself. */
export interface TranslatedScenario {
  /** Client’s dialect → provider’s dialect. */
  readonly name: string
  readonly direct: Asked
  readonly passed: Asked
  readonly translated: Asked
  readonly connections: number
  readonly requests: number
  readonly chunks: number
}

const TEXT = 'What does the gateway do with what it was given, and what does it say "so" to?\n'.repeat(25)
const MESSAGES = [{ role: 'user', content: TEXT }]

const asked = (path: string, body: object): Asked => ({ path, body: Buffer.from(JSON.stringify(body)) })

const ask = {
  chat: (model: string): Asked => asked('/v1/chat/completions', { model, messages: MESSAGES, stream: true }),
  messages: (model: string): Asked => asked('/v1/messages', { model, max_tokens: 1_000, messages: MESSAGES, stream: true }),
  responses: (model: string): Asked => asked('/v1/responses', { model, input: TEXT, stream: true }),
  gemini: (model: string): Asked => asked(`/v1beta/models/${model}:streamGenerateContent?alt=sse`, { contents: [{ role: 'user', parts: [{ text: TEXT }] }] }),
}

const scenario = (client: keyof typeof ask, provider: 'chat' | 'messages'): TranslatedScenario => {
  const model = `${provider === 'chat' ? 'bench' : 'claude'}/bench`
  return { name: `stream of 200 chunks translated ${client}→${provider}`, direct: ask[provider]('bench'), passed: ask[provider](model), translated: ask[client](model), connections: 40, requests: 120, chunks: 200 }
}

export const TRANSLATED_SCENARIOS: readonly TranslatedScenario[] = [scenario('messages', 'chat'), scenario('chat', 'messages'), scenario('responses', 'messages'), scenario('gemini', 'chat')]
