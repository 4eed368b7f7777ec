import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventReader, type EventReader, type StreamEvent } from './event-stream.ts'

function read(chunks: readonly Buffer[], maxBytes = 100_000): { events: StreamEvent[]; oversize: number; reader: EventReader } {
  const events: StreamEvent[] = []
  let oversize = 0
  const reader = createEventReader(maxBytes, { event: (event) => events.push(event), oversize: () => oversize++ })
  for (const chunk of chunks) reader.push(chunk)
  return { events, oversize, reader }
}

const one = (text: string): ReturnType<typeof read> => read([Buffer.from(text)])

describe('createEventReader', () => {
  it('gives the same events however the bytes are cut', () => {
    const data = fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text) && text !== ''), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(data), fc.constantFrom('\n', '\r', '\r\n'), fc.integer({ min: 1, max: 40 }), (expected, ending, size) => {
        const text = expected.map((lines) => `: note${ending}${lines.map((line) => `data: ${line}${ending}`).join('')}${ending}`).join('')
        const bytes = Buffer.from(text)
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
        expect(read(chunks).events.map((event) => event.data)).toEqual(expected.map((lines) => lines.join('\n')))
      }),
    )
  })

  it('does not deliver the priming event, but remembers its id', () => {
    const { events, reader } = one('id: 7\nretry: 250\ndata: \n\n')
    expect(events).toEqual([])
    expect(reader.lastEventId()).toBe('7')
    expect(reader.retryMs()).toBe(250)
  })

  it('takes an id only with the end of its event', () => {
    expect(one('id: 1\ndata: a\n\nid: 2\ndata: b\n').reader.lastEventId()).toBe('1')
  })

  it('names events, drops an unfinished one, and ignores what it does not know', () => {
    expect(one('\uFEFFevent: endpoint\ndata:/m\nnonsense\nfoo: bar\n\ndata: lost').events).toEqual([{ event: 'endpoint', data: '/m' }])
  })

  it('ignores an id with NUL and a retry that is no number', () => {
    const { reader } = one('id: a\n\nid: b\0\nretry: soon\n\n')
    expect([reader.lastEventId(), reader.retryMs()]).toEqual(['a', undefined])
  })

  it.each([['one line', `data: ${'x'.repeat(300)}`], ['many lines', `data: ${'x'.repeat(40)}\n`.repeat(10)]])('caps an event of %s', (_, text) => {
    const { events, oversize } = read([Buffer.from('data: ok\n\n'), Buffer.from(text), Buffer.from('\n\ndata: late\n\n')], 200)
    expect(events).toEqual([{ event: 'message', data: 'ok' }])
    expect(oversize).toBe(1)
  })

  it('does not count comments and finished events against the cap', () => {
    expect(one(': keep-alive\n'.repeat(50_000) + 'data: a\n\n').events).toHaveLength(1)
  })
})
