import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeSseEvent, type SseEvent } from './sse-event.ts'
import { createSseFramer } from './sse-framer.ts'
import { createSseParser } from './sse-parser.ts'

function parse(bytes: Buffer, sizes: readonly number[] = []): readonly SseEvent[] {
  const parser = createSseParser()
  const events: SseEvent[] = []
  let at = 0
  for (const size of sizes) {
    events.push(...parser.push(bytes.subarray(at, at + size)))
    at += size
  }
  events.push(...parser.push(bytes.subarray(at)), ...parser.end())
  return events
}

const dataOf = (text: string): readonly string[] => parse(Buffer.from(text)).map(({ data }) => data)

/** Pieces that streams are made of, and pieces that they should not be made of. */
const fragment = fc.oneof(
  fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n', ':', ': ping', 'data', 'data:', 'data: ', 'event: x', 'id: 1', 'retry: 5', '\u0000', '\uFEFF', '[DONE]', '世界😀', '{"a":'),
  fc.string({ maxLength: 6 }),
)
const streams = fc.array(fragment, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')))

describe('createSseParser', () => {
  it('finds the same events however the stream is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.integer({ min: 1, max: 5 })), (bytes, sizes) => {
        const whole = parse(bytes)
        expect(parse(bytes, sizes)).toEqual(whole)
        expect(parse(bytes, Array.from(bytes, () => 1))).toEqual(whole)
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads back what is written', () => {
    const event = fc.record({
      event: fc.option(fc.stringMatching(/^[a-z_.]{1,12}$/), { nil: undefined }),
      data: fc.string().map((text) => text.replaceAll('\r', '')),
    })
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(parse(Buffer.from(events.map(writeSseEvent).join('')))).toEqual(events)
      }),
    )
  })

  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['a mixture', 'data: a\r\n\rdata: b\n\r\n'],
    ['no last blank line', 'data: a\n\ndata: b'],
    ['comments', ': hi\n\ndata: a\n: ping\n\n:\n\ndata: b\n\n'],
    ['a byte order mark', '\uFEFFdata: a\n\ndata: b\n\n'],
    ['no space after the colon', 'data:a\n\ndata:b\n\n'],
    ['other fields', 'id: 1\nretry: 3\nfoo: bar\ndata: a\n\nfoo\ndata: b\n\n'],
    ['more blank lines', '\n\n\ndata: a\n\n\n\ndata: b\n\n\n'],
  ])('reads %s', (_name, text) => {
    expect(dataOf(text)).toEqual(['a', 'b'])
  })

  it('joins lines of data, keeps NUL, and takes the name after the data too', () => {
    expect(parse(Buffer.from('data: a\ndata\ndata:  b\u0000\nevent: late\n\n'))).toEqual([{ event: 'late', data: 'a\n\n b\u0000' }])
  })

  it('refuses an event beyond its limit, whole or in pieces, and not a stream beyond it', () => {
    const parser = createSseParser(100)
    for (let i = 0; i < 50; i++) parser.push(Buffer.from(`data: ${'x'.repeat(50)}\n\n`))
    expect(() => {
      for (let i = 0; i < 60; i++) parser.push(Buffer.from('xy'))
    }).toThrow(/larger than 100 bytes/)
    expect(() => createSseParser(100).push(Buffer.from(`data: ${'x'.repeat(200)}\n\n`))).toThrow(/larger than 100 bytes/)
  })

  it('costs time in proportion: twice the event is not four times the work', () => {
    const work = (megabytes: number): number => {
      const parser = createSseParser()
      const chunk = Buffer.alloc(4_096, 'x')
      const started = process.cpuUsage()
      parser.push(Buffer.from('data: '))
      for (let i = 0; i < megabytes * 256 - 2; i++) parser.push(chunk)
      expect(parser.push(Buffer.from('\n\n')).length).toBe(1)
      return process.cpuUsage(started).user + 1_000
    }
    work(2)
    expect(Math.min(work(7), work(7))).toBeLessThan(25 * Math.max(work(1), work(1)))
  })
})

describe('createSseFramer', () => {
  it('keeps every byte: the frames and the rest are the stream', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        const framer = createSseFramer()
        let last = 0
        for (let at = 0; at < bytes.length; at += size) {
          for (const end of framer.push(bytes.subarray(at, at + size))) {
            expect(at + end).toBeGreaterThanOrEqual(last)
            last = at + end
          }
        }
        expect(last).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })

  it('lets both halves of the last CRLF belong to the frame', () => {
    const framer = createSseFramer()
    expect(framer.push(Buffer.from('data: a\r\n\r'))).toEqual([])
    expect(framer.push(Buffer.from('\ndata: b\r\n\r\n'))).toEqual([1, 12])
  })

  it('does not make a stream of lone CRs wait', () => {
    expect(createSseFramer().push(Buffer.from('data: a\r\r'))).toEqual([9])
  })
})
