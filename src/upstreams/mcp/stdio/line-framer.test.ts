import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineFramer } from './line-framer.ts'

function frame(chunks: readonly Buffer[], maxBytes = 1_000_000): { lines: string[]; oversize: number[] } {
  const lines: string[] = []
  const oversize: number[] = []
  const framer = createLineFramer(maxBytes, { line: (text) => lines.push(text), oversize: (bytes) => oversize.push(bytes) })
  for (const chunk of chunks) framer.push(chunk)
  return { lines, oversize }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length))
}

describe('createLineFramer', () => {
  it('gives the same lines however the bytes are cut, also inside characters', () => {
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/.test(text) && text !== '' && text.isWellFormed())
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), fc.constantFrom('\n', '\r\n', '\n\n'), (expected, places, ending) => {
        const bytes = Buffer.from(expected.map((text) => `${text}${ending}`).join(''))
        expect(frame(cut(bytes, places)).lines).toEqual(expected)
      }),
    )
  })

  it('keeps an unfinished line until its newline comes', () => {
    expect(frame([Buffer.from('{"a"')]).lines).toEqual([])
    expect(frame([Buffer.from('{"a"'), Buffer.from(':1}\n{')]).lines).toEqual(['{"a":1}'])
  })

  it('says once that a line is too long, however it is cut, and then falls silent', () => {
    const bytes = Buffer.from(`ok\n${'x'.repeat(200)}\nlater\n`)
    for (const size of [1, 7, 64, 1000]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
      const { lines, oversize } = frame(chunks, 100)
      expect(lines).toEqual(['ok'])
      expect(oversize).toHaveLength(1)
      expect(oversize[0]).toBeGreaterThan(100)
    }
  })

  it('lets a line of exactly the cap pass', () => {
    expect(frame([Buffer.from(`${'x'.repeat(100)}\n`)], 100)).toEqual({ lines: ['x'.repeat(100)], oversize: [] })
  })
})
