import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStopCutter } from './cut-at-stop.ts'
import type { StreamPart } from './stream.ts'

const END: StreamPart = { type: 'message-end', finish: { unified: 'stop', raw: 'completed' } }

function run(stops: readonly string[], parts: readonly StreamPart[]): readonly StreamPart[] {
  return parts.flatMap(createStopCutter(stops))
}

const say = (...pieces: readonly string[]): readonly StreamPart[] => [
  { type: 'text-start', index: 0 },
  ...pieces.map((text): StreamPart => ({ type: 'text-delta', index: 0, text })),
  { type: 'block-end', index: 0 },
  END,
]

const textOf = (parts: readonly StreamPart[]): string => parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')

describe('createStopCutter', () => {
  it('LT-L06 LT-L07 cuts the text at the sequence and says which it was', () => {
    const parts = run(['STOP', '\n\n'], say('one STO', 'P two\n\nthree'))
    expect(parts).toEqual([
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'one ' },
      { type: 'block-end', index: 0 },
      { type: 'message-end', finish: { unified: 'stop-sequence', raw: 'completed', stopSequence: 'STOP' } },
    ])
  })

  it('gives back what only looked like the beginning of one', () => {
    const parts = run(['STOP'], say('a ST', 'AY b S'))
    expect(textOf(parts)).toBe('a STAY b S')
    expect(parts.at(-1)).toEqual(END)
  })

  it('takes the one that is complete first, and of two that end at one place the longer', () => {
    expect(run(['b', 'ab', 'abc'], say('xabc')).at(-1)).toMatchObject({ finish: { stopSequence: 'ab' } })
    expect(textOf(run(['b', 'aba'], say('ab', 'a')))).toBe('a')
    expect(textOf(run(['b', 'aba'], say('aba')))).toBe('a')
    expect(textOf(run(['c', 'ab'], say('xabc')))).toBe('x')
  })

  it('does not look into thoughts and arguments', () => {
    const parts: readonly StreamPart[] = [
      { type: 'reasoning-start', index: 0 }, { type: 'reasoning-delta', index: 0, text: 'STOP' }, { type: 'block-end', index: 0 },
      { type: 'tool-call-start', index: 1, callId: 'c', name: 'n' }, { type: 'tool-call-delta', index: 1, argumentsText: '"STOP"' }, { type: 'block-end', index: 1 },
      END,
    ]
    expect(run(['STOP'], parts)).toEqual(parts)
  })

  it('tells nothing that begins after it, and lets usage and open blocks through', () => {
    const usage: StreamPart = { type: 'usage', usage: { input: { total: 1, cacheRead: 0, cacheWrite: 0 }, output: { total: 9, reasoning: 0 }, raw: {} } }
    const call: StreamPart = { type: 'tool-call-start', index: 0, callId: 'c', name: 'n' }
    const late: readonly StreamPart[] = [{ type: 'tool-call-start', index: 2, callId: 'd', name: 'm' }, { type: 'tool-call-delta', index: 2, argumentsText: '{}' }, { type: 'block-end', index: 2 }, { type: 'native', value: {} }]
    const rest: readonly StreamPart[] = [{ type: 'tool-call-delta', index: 0, argumentsText: '{}' }, { type: 'block-end', index: 0 }]
    const parts = run(['X'], [call, { type: 'text-start', index: 1 }, { type: 'text-delta', index: 1, text: 'aXb' }, { type: 'block-end', index: 1 }, ...late, ...rest, usage, END])
    expect(parts.map(({ type }) => type)).toEqual(['tool-call-start', 'text-start', 'text-delta', 'block-end', 'tool-call-delta', 'block-end', 'usage', 'message-end'])
  })

  it('says the same however the text is cut into pieces', () => {
    const word = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 12 }).map((letters) => letters.join(''))
    const stops = fc.array(fc.array(fc.constantFrom('a', 'b', '\n'), { minLength: 1, maxLength: 3 }).map((letters) => letters.join('')), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(word), stops, (pieces, wanted) => {
        const whole = pieces.join('')
        const found = wanted.map((stop) => ({ at: whole.indexOf(stop), end: whole.indexOf(stop) + stop.length })).filter(({ at }) => at >= 0)
        const first = found.toSorted((a, b) => a.end - b.end || a.at - b.at)[0]?.at ?? whole.length
        expect(textOf(run(wanted, say(...pieces)))).toBe(whole.slice(0, first))
      }),
      { numRuns: 2_000 },
    )
  })
})
