import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeClient } from '../exchange/index.ts'
import { tapAnswer, type AnswerTap, type ToldAnswer } from './answer-tap.ts'

interface Scene {
  readonly tap: AnswerTap
  readonly told: ToldAnswer[]
  readonly seen: string[]
  keepNow(): void
}

function openTap(): Scene {
  const seen: string[] = []
  const told: ToldAnswer[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const client: ExchangeClient = {
    head: (status) => void seen.push(`head ${status}`),
    chunk: (bytes) => seen.push(Buffer.from(bytes).toString()) > 0,
    onceDrained: (listener) => listener(),
    end: () => void seen.push('end'),
    fail: (error) => void seen.push(`fail ${error.code}`),
  }
  const tap = tapAnswer(client, (answer) => {
    told.push(answer)
    return promise
  })
  return { tap, told, seen, keepNow: resolve }
}

const head = (type: string, plan: string): Record<string, string> => ({ 'content-type': type, 'x-trunkline-plan': plan, 'x-trunkline-target': 'p/org/m%20x' })
const event = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const CREATED = event('response.created', { sequence_number: 0, response: { id: 'resp_1', status: 'in_progress' } })
const DELTA = event('response.output_text.delta', { sequence_number: 7, delta: 'event: response.completed\n "sequence_number":99' })
const COMPLETED = event('response.completed', { sequence_number: 8, response: { status: 'completed', id: 'resp_1' } })

describe('tapAnswer', () => {
  it('holds the end of a translated stream until it is kept, and nothing before it', async () => {
    const { tap, told, seen, keepNow } = openTap()
    tap.client.head(200, head('text/event-stream', 'translate:a>b'))
    for (const text of [CREATED, DELTA, COMPLETED]) tap.client.chunk(Buffer.from(text))
    tap.client.end()
    expect(seen).toEqual(['head 200', CREATED, DELTA])
    expect(told).toEqual([{ id: 'resp_1', provider: 'p', model: 'org/m x', body: '{"status":"completed","id":"resp_1"}' }])
    keepNow()
    await tap.settled()
    expect(seen.slice(3)).toEqual([COMPLETED, 'end'])
  })

  it('notes where a passing stream is, however it is cut, and lets all of it through at once', async () => {
    const { tap, told, seen, keepNow } = openTap()
    tap.client.head(200, head('text/event-stream; charset=utf-8', 'pass-through'))
    const bytes = Buffer.from(`${CREATED}${DELTA}${COMPLETED}`)
    for (let at = 0; at < bytes.length; at += 7) tap.client.chunk(bytes.subarray(at, at + 7))
    tap.client.end()
    expect(seen.slice(1).join('')).toBe(bytes.toString())
    expect(told).toEqual([{ id: 'resp_1', provider: 'p', model: 'org/m x', body: undefined }])
    keepNow()
    await tap.settled()
    expect(seen.at(-1)).toBe('end')
  })

  it.each([['pass-through', undefined], ['translate:a>b', '{"output":[],"id":"resp_2"}']])('holds the last of a whole answer: %s', async (plan, body) => {
    const { tap, told, seen, keepNow } = openTap()
    tap.client.head(200, head('application/json', plan))
    tap.client.chunk(Buffer.from('{"output":[],'))
    tap.client.chunk(Buffer.from('"id":"resp_2"}'))
    tap.client.end()
    expect(seen).toEqual(['head 200', '{"output":[],'])
    expect(told).toMatchObject([{ id: 'resp_2', body }])
    keepNow()
    await tap.settled()
    expect(seen.slice(2)).toEqual(['"id":"resp_2"}', 'end'])
  })

  it('knows what the client has been told when the stream breaks off', () => {
    const { tap, seen } = openTap()
    expect(tap.begun()).toBeUndefined()
    tap.client.head(200, head('text/event-stream', 'pass-through'))
    tap.client.chunk(Buffer.from(CREATED))
    for (const byte of Buffer.from(DELTA)) tap.client.chunk(Buffer.from([byte]))
    expect(tap.begun()).toEqual({ response: { id: 'resp_1', status: 'in_progress' }, sequenceNumber: 7 })
    tap.client.fail(new GatewayError('upstream_interrupted', 'gone'))
    expect(seen.at(-1)).toBe('fail upstream_interrupted')
  })

  it('keeps nothing of a failure', async () => {
    const { tap, told, seen } = openTap()
    tap.client.head(400, head('application/json', 'pass-through'))
    tap.client.chunk(Buffer.from('{"error":{"id":"resp_3"}}'))
    tap.client.end()
    await tap.settled()
    expect([told, seen]).toEqual([[], ['head 400', '{"error":{"id":"resp_3"}}', 'end']])
  })
})
