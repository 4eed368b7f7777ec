import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldAnswer } from './answer.ts'
import type { StreamPart } from './stream.ts'
import { ThinkTags } from './think-tags.ts'

function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = [...new Set([...places.map((place) => place % (text.length + 1)), text.length])].toSorted((a, b) => a - b)
  return ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end))
}

function read(text: string, isExpected = false, places: readonly number[] = []): unknown {
  const parts: readonly StreamPart[] = [
    { type: 'message-start', messageId: 'i', model: 'm' },
    { type: 'text-start', index: 0 },
    ...cut(text, places).map((piece): StreamPart => ({ type: 'text-delta', index: 0, text: piece })),
    { type: 'block-end', index: 0 },
    { type: 'tool-call-start', index: 1, callId: 'c', name: 'f' },
    { type: 'tool-call-delta', index: 1, argumentsText: '{}' },
    { type: 'block-end', index: 1 },
    { type: 'message-end', finish: { unified: 'stop', raw: 'stop' } },
  ]
  const tags = new ThinkTags(isExpected, 'tags')
  return foldAnswer(parts.flatMap((part) => tags.push(part))).blocks
}

const call = { type: 'tool-call', callId: 'c', name: 'f', argumentsText: '{}' }
const text = (said: string): unknown => ({ type: 'text', text: said })
const thought = (said: string): unknown => ({ type: 'reasoning', text: said, seal: 'tags', isRedacted: false })

describe('ThinkTags', () => {
  it.each([
    ['<think>a < b</think>\n\nyes', [thought('a < b'), text('yes'), call]],
    ['\n<think>\nhm\n</think>yes </think> no', [thought('\nhm\n'), text('yes </think> no'), call]],
    ['a <think>b</think>', [text('a <think>b</think>'), call]],
    ['<think>cut sho', [thought('cut sho'), call]],
    ['<thin', [text('<thin'), call]],
    ['', [call]],
  ])('LT-E14 reads %j', (said, blocks) => {
    expect(read(said)).toEqual(blocks)
  })

  it('LT-E15 reads a thought without its opening tag only where that is known of the model', () => {
    expect(read('hm</think>yes', true)).toEqual([thought('hm'), text('yes'), call])
    expect(read('hm</think>yes')).toEqual([text('hm</think>yes'), call])
    expect(read('yes', true)).toEqual([text('yes'), call])
  })

  it('says the same however the text is cut, and loses none of it', () => {
    const pieces = fc.array(fc.constantFrom('<think>', '</think>', '<', 'th', 'ink>', 'a', ' ', '</'), { maxLength: 8 }).map((all) => all.join(''))
    fc.assert(fc.property(pieces, fc.boolean(), fc.array(fc.nat(), { maxLength: 8 }), (said, isExpected, places) => {
      expect(read(said, isExpected, places)).toEqual(read(said, isExpected))
    }), { numRuns: 2_000 })
  })
})
