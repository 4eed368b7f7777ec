import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Question, Turn } from './support/conversation.ts'
import { startStage, STREAMED_PAIRS, type Pair, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const THOUGHT = 'I look it up, 世界.'
const SEAL = 'EqQBCkYIBRgCKkBzZWFs+/=='
const question: Question = { thinks: true, tools: [{ name: 'weather', schema: { type: 'object', properties: {} } }], turns: [{ kind: 'user', text: 'Weather?' }] }

type Said = 'a call' | 'a text'

/** What the provider has to find again, in its own place, byte for byte. */
function returned({ provider, isNative }: Pair, said: Said): readonly unknown[] {
  switch (provider.name) {
    case 'openai-responses':
      return [expect.objectContaining({ type: 'reasoning', summary: [{ type: 'summary_text', text: THOUGHT }], encrypted_content: SEAL })]
    case 'anthropic-messages':
      return [{ type: 'thinking', thinking: THOUGHT, signature: SEAL }]
    case 'google-generate-content':
      if (said === 'a call') return [{ text: THOUGHT, thought: true }, { functionCall: expect.objectContaining({ name: 'weather' }) as unknown, thoughtSignature: SEAL }]
      // It signs the end of a text and not the thought, whose words it does not want back: without a seal no other dialect can return them.
      return [...(isNative ? [{ text: THOUGHT, thought: true }] : []), { text: expect.stringMatching(/^(Rain, I guess\.)?$/) as unknown, thoughtSignature: SEAL }]
    default:
      return [THOUGHT]
  }
}

/** On the call itself is where clients of Google’s OpenAI-compatible address look for it. */
const ON_CALL = [expect.objectContaining({ functionCall: expect.objectContaining({ name: 'weather' }) as unknown, thoughtSignature: SEAL })]

/** Google’s own word for a call whose signature is not there. */
const UNSIGNED = [expect.objectContaining({ thoughtSignature: 'skip_thought_signature_validator' })]

/**
 * These two leave reasoning, or what seals it, out of what they send back, so that only a provider that takes the bare text can have it
 * again, or one that seals the call, where the client looks for that. The others get a history without a thought, which they accept.
 */
function expected(pair: Pair, said: Said): readonly unknown[] {
  const { client, provider } = pair
  const keeps = client.name === 'ai sdk openai chat' ? 'nothing' : client.name === 'ai sdk openai-compatible' ? 'text' : 'all'
  if (keeps === 'all' || (keeps === 'text' && provider.name === 'openai-chat')) return returned(pair, said)
  return provider.name === 'google-generate-content' && said === 'a call' ? (keeps === 'text' ? ON_CALL : UNSIGNED) : []
}

/** What the SDK shows of it. */
function shown({ client, provider }: Pair, stream: boolean): string {
  if (client.name === 'ai sdk openai chat') return ''
  // The accumulator keeps the last piece of a field that it does not know, and this provider sends two.
  if (client.name === 'openai chat' && provider.name === 'openai-responses' && stream) return THOUGHT.slice(Math.ceil(THOUGHT.length / 2))
  return THOUGHT
}

describe.each<Said>(['a call', 'a text'])('a thought before %s', (said) => {
  it.each(STREAMED_PAIRS)('LT-E03 LT-E05 LT-E18 LT-E19 goes back to the provider with its seal: $name', async (pair) => {
    const { client, provider, stream } = pair
    const ask = (asked: Question): Promise<Answer> => (stream ? client.stream(stage.placeOf(pair), asked) : client.whole(stage.placeOf(pair), asked))
    stage.sim.script({ reasoning: THOUGHT, seal: SEAL, ...(said === 'a call' ? { tool: 'weather' } : { text: 'Rain, I guess.' }) }, { text: 'Rain.' })
    const answer = await ask(question)
    expect(answer).toMatchObject({ reasoning: shown(pair, stream), text: said === 'a call' ? '' : 'Rain, I guess.' })
    const next: Turn = said === 'a call' ? { kind: 'results', results: answer.calls.map((call) => ({ call, text: 'rain' })) } : { kind: 'user', text: 'Sure?' }
    expect(await ask({ ...question, turns: [...question.turns, { kind: 'answer', answer }, next] })).toMatchObject({ text: 'Rain.' })
    expect(provider.readThoughts(stage.sent(1))).toEqual(expected(pair, said))
    // Envelopes are opened or left out, never sent on.
    expect(stage.sim.requests[1]?.body.toString()).not.toMatch(/tl1\.|dHJ1bmtsaW5l/)
  })
})
