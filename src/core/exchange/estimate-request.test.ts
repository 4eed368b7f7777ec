import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anthropicMessages } from '../../dialects/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import { estimateRequest } from './estimate-request.ts'
import { estimateText } from './estimate-text.ts'

const read = (path: string): string => readFileSync(new URL(path, new URL('../../../', import.meta.url)), 'utf8')

/**
 * Tokens per character of a Claude vocabulary, as measured over text of agents: 17.3 kB of English are 4165, 30 kB of JSON 7039,
 * 15 kB of code 4959, 2220 ideographs 2160 and 2520 UTF-16 units of emoji 1500.
 */
const MEASURED: readonly (readonly [name: string, text: string, perCharacter: number])[] = [
  ['English', read('docs/architecture.md'), 4165 / 17_340],
  ['JSON', read('schema/trunkline.schema.json'), 7039 / 30_000],
  ['code', read('src/core/exchange/run-exchange.ts'), 4959 / 15_000],
  ['Chinese and Japanese', '世界の皆さん、こんにちは。今日は良い天気ですね。我们需要一个可靠的网关来连接所有模型。', 2160 / 2220],
  ['emoji', '😀🎉👩‍👩‍👧‍👦🚀✨', 1500 / 2520],
]

describe('estimateText', () => {
  it.each(MEASURED)('LT-L09 does not undercount %s, and stays below three times the measured count', (_name, text, perCharacter) => {
    const estimate = estimateText(text) / text.length
    expect(estimate).toBeGreaterThanOrEqual(perCharacter)
    expect(estimate).toBeLessThan(3 * perCharacter)
  })

  it('LT-L09 counts CJK by characters: a quarter of its length would be a fourth of the truth', () => {
    expect(estimateText('界'.repeat(1000))).toBeGreaterThanOrEqual(1000)
  })

  it('grows with the length of an unbroken run and no faster', () => {
    expect(estimateText('a'.repeat(50_000)) / estimateText('a'.repeat(5_000))).toBeCloseTo(10, 1)
    expect(estimateText('a'.repeat(50_000))).toBeGreaterThan(50_000 / 8)
  })

  it('gives nothing for nothing', () => {
    expect(estimateText('')).toBe(0)
  })
})

describe('estimateRequest', () => {
  const estimate = (body: JsonObject): number => estimateRequest(anthropicMessages.translation.decodeRequest({ model: 'm', max_tokens: 1, ...body }))
  const hello = { messages: [{ role: 'user', content: 'hello' }] }

  it('LT-L09 counts instructions, tools and their schemas', () => {
    const tools = [{ name: 'weather', description: 'Tells the weather of a city. '.repeat(20), input_schema: { type: 'object', properties: { city: { type: 'string' } } } }]
    const bare = estimate(hello)
    expect(bare).toBeLessThan(20)
    expect(estimate({ ...hello, system: 'Be kind. '.repeat(100) })).toBeGreaterThan(bare + 200)
    expect(estimate({ ...hello, tools })).toBeGreaterThan(bare + 450)
  })

  it('counts images and files by size class, not by the letters of their encoding', () => {
    const image = (data: string): JsonObject => ({ messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }] })
    const counts = [1_000, 50_000, 5_000_000].map((size) => estimate(image('A'.repeat(size))))
    expect(counts).toEqual([407, 907, 1607])
    expect(estimate({ messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'A'.repeat(200_000) } }] }] })).toBe(12_007)
  })

  it('LT-P13 takes messages without a role and an empty list of tools', () => {
    expect(estimate({ messages: [{ content: 'foo' }], tools: [] })).toBeGreaterThan(0)
  })

  it('counts calls, their results and thoughts', () => {
    const call = { type: 'tool_use', id: 't1', name: 'read', input: { path: 'x'.repeat(400) } }
    const result = { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'line of text. '.repeat(100) }] }
    const thought = { type: 'thinking', thinking: 'I wonder. '.repeat(100), signature: 's' }
    const [one = 0, two = 0, three = 0] = [[], [{ role: 'assistant', content: [call] }], [{ role: 'assistant', content: [thought, call] }, { role: 'user', content: [result] }]].map((more) => estimate({ messages: [...hello.messages, ...more] }))
    expect(two - one).toBeGreaterThan(80)
    expect(three - two).toBeGreaterThan(600)
  })
})
