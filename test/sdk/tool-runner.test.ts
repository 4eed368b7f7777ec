import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { anthropicClient } from './support/anthropic-client.ts'
import { CLIENT_KEY } from './support/sdk-client.ts'
import { PAIRS, startStage, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

describe('the tool runner of the Anthropic SDK', () => {
  it.each(PAIRS.filter(({ client, isNative }) => client === anthropicClient && !isNative))('goes on without a thread where the provider has none: $name', async (pair) => {
    const { origin, model } = stage.placeOf(pair)
    stage.sim.script({ tools: [{ name: 'weather', arguments: '{"city":"Oslo"}' }] }, { text: 'Take a coat.' })
    const asked: unknown[] = []
    const weather = {
      type: 'custom',
      name: 'weather',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      parse: (input: unknown) => input,
      run: (input: unknown) => {
        asked.push(input)
        return 'snow'
      },
    } as const
    const client = new Anthropic({ baseURL: origin, apiKey: CLIENT_KEY, maxRetries: 0 })
    const last = await client.beta.messages.toolRunner({ model, max_tokens: 4_000, tools: [weather], messages: [{ role: 'user', content: 'A coat?' }] })
    expect(asked).toEqual([{ city: 'Oslo' }])
    expect(last.content).toMatchObject([{ type: 'text', text: 'Take a coat.' }])
    expect(pair.provider.readResults(stage.sent(1))).toMatchObject([{ name: 'weather', input: { city: 'Oslo' }, text: 'snow' }])
  })
})
