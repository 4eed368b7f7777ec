import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openaiChat, openaiResponses } from '../../dialects/index.ts'
import { StreamFilter, type StreamFilterOptions } from './stream-filter.ts'

const event = (data: string): string => `data: ${data}\n\n`
const delta = (content: string): string => event(JSON.stringify({ choices: [{ index: 0, delta: { content } }] }))
const ROLE = event('{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}')
const FINISH = event('{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}')
const USAGE = event('{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}')
const DONE = event('[DONE]')

function createFilter(changes: Partial<StreamFilterOptions> = {}): StreamFilter {
  const watch = openaiChat.response.createStreamWatch()
  return new StreamFilter({ watch, dropsUsage: true, choices: 1, gateEvents: 64, gateBytes: 256 * 1024, ...changes })
}

interface Run {
  readonly text: string
  readonly terminal: string | undefined
  readonly fault: string | undefined
}

function run(filter: StreamFilter, bytes: Buffer, sizes: readonly number[]): Run {
  const out: Uint8Array[] = []
  let at = 0
  let last = filter.push(Buffer.alloc(0))
  for (const size of [...sizes, bytes.length]) {
    if (at >= bytes.length || last.terminal || last.fault) break
    last = filter.push(bytes.subarray(at, at + size))
    out.push(...last.bytes)
    at += size
  }
  if (!last.terminal && !last.fault) {
    last = filter.end()
    out.push(...last.bytes)
  }
  return { text: Buffer.concat(out).toString(), terminal: last.terminal && Buffer.from(last.terminal).toString(), fault: last.fault?.fault.message }
}

describe('StreamFilter', () => {
  it('lets the same bytes through however they are cut: all but the usage chunk, the terminator held', () => {
    const contents = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 })
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 100 }), fc.boolean(), (texts, sizes, dropsUsage) => {
        const body = `${ROLE}: ping\n\n${texts.map(delta).join('')}${FINISH}`
        const outcome = run(createFilter({ dropsUsage }), Buffer.from(`${body}${USAGE}${DONE}`), sizes)
        expect(outcome).toEqual({ text: dropsUsage ? body : body + USAGE, terminal: DONE, fault: undefined })
      }),
    )
  })

  it('forwards the very memory that came', () => {
    const chunk = Buffer.from(ROLE + delta('a') + delta('b'))
    const { bytes } = createFilter().push(chunk)
    expect(bytes.length).toBe(1)
    expect(bytes[0]?.buffer).toBe(chunk.buffer)
    expect(bytes[0]?.length).toBe(chunk.length)
  })

  it('commits at the first content and not before', () => {
    const filter = createFilter()
    expect(filter.push(Buffer.from(ROLE)).commits).toBe(false)
    expect(filter.push(Buffer.from(': ping\n\n')).commits).toBe(false)
    expect(filter.push(Buffer.from(delta('a').slice(0, 20))).commits).toBe(false)
    expect(filter.push(Buffer.from(delta('a').slice(20))).commits).toBe(true)
  })

  it('commits when the preamble grows beyond its bounds; comments are no events', () => {
    const byEvents = createFilter()
    for (let i = 0; i < 63; i++) expect(byEvents.push(Buffer.from(ROLE)).commits).toBe(false)
    for (let i = 0; i < 100; i++) expect(byEvents.push(Buffer.from(': wait\n\n')).commits).toBe(false)
    expect(byEvents.push(Buffer.from(ROLE)).commits).toBe(true)
    const byBytes = createFilter()
    expect(byBytes.push(Buffer.alloc(200 * 1024, 'x')).commits).toBe(false)
    expect(byBytes.push(Buffer.alloc(100 * 1024, 'x')).commits).toBe(true)
  })

  it('does not hold a long event back, and still reads its usage', () => {
    const watch = openaiChat.response.createStreamWatch()
    const filter = createFilter({ watch })
    filter.push(Buffer.from(delta('a')))
    const long = event(JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(200_000) } }], usage: { prompt_tokens: 5, completion_tokens: 6 } }))
    const bytes = Buffer.from(long)
    const outcome = run(filter, bytes, Array.from({ length: 13 }, () => 16_384))
    expect(outcome.text).toBe(long)
    expect(watch.usage?.output.total).toBe(6)
    const first = createFilter()
    first.push(Buffer.from(delta('a')))
    expect(first.push(bytes.subarray(0, 100_000)).bytes.length).toBe(1)
  })

  it('stops at a failure and keeps it apart', () => {
    const body = delta('a')
    const fault = event('{"error":{"message":"boom"}}')
    expect(run(createFilter(), Buffer.from(body + fault + DONE), [7, 7, 7])).toEqual({ text: body, terminal: undefined, fault: 'boom' })
  })

  it('takes a terminator without its blank line', () => {
    expect(run(createFilter(), Buffer.from(`${delta('a')}data: [DONE]`), [])).toMatchObject({ text: delta('a'), terminal: 'data: [DONE]' })
  })

  it('knows when every choice has finished', () => {
    const filter = createFilter({ choices: 2 })
    filter.push(Buffer.from(FINISH))
    expect(filter.isFinished).toBe(false)
    filter.push(Buffer.from(FINISH))
    expect(filter.isFinished).toBe(true)
  })

  it('refuses what is not JSON before the commit, and lets it pass after', () => {
    expect(() => createFilter().push(Buffer.from(event('{"choices":[')))).toThrow(/not valid JSON/)
    const filter = createFilter()
    const broken = event('{"choices":[,"usage":{')
    expect(Buffer.concat(filter.push(Buffer.from(delta('a') + broken)).bytes).toString()).toBe(delta('a') + broken)
  })

  it('sends a terminator of many bytes once, wherever it is cut', () => {
    const completed = `event: response.completed\ndata: {"type":"response.completed","response":{"text":"${'x'.repeat(200_000)}"}}\n\n`
    const body = Buffer.from(`event: response.output_text.delta\ndata: {"type":"response.output_text.delta"}\n\n${completed}`)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 12 }), (sizes) => {
        const { text, terminal = '' } = run(createFilter({ watch: openaiResponses.response.createStreamWatch() }), body, sizes)
        expect(terminal).not.toBe('')
        expect(`${text}${terminal}`).toBe(body.toString())
      }),
      { numRuns: 100 },
    )
  })
})
