import { describe, expect, it } from 'vitest'
import type { ResponseEvent } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { EventLog } from './event-log.ts'
import { createEventLogs } from './event-logs.ts'

const event = (type: string): ResponseEvent => ({ type, data: `{"type":"${type}"}` as JsonText })
const NEVER = new AbortController().signal

async function read(log: EventLog, after?: number, signal = NEVER): Promise<readonly string[]> {
  const told: string[] = []
  for await (const { number, bytes } of log.read(after, signal)) {
    const [, name, data] = /^event: (\S+)\ndata: (.*)\n\n$/.exec(Buffer.from(bytes).toString()) ?? []
    expect(JSON.parse(data ?? '')).toEqual({ type: name, sequence_number: number })
    told.push(`${number} ${name}`)
  }
  return told
}

function filled(first = 0): EventLog {
  const log = new EventLog(first)
  log.append([event('response.created'), event('a'), event('b')])
  return log
}

describe('EventLog', () => {
  it('tells what was there, what comes, and the end, to each reader from its own place', async () => {
    const log = filled()
    const readers = Promise.all([read(log), read(log, 1), read(log, 3)])
    await Promise.resolve()
    log.append([event('c')])
    await Promise.resolve()
    log.append([event('d')])
    log.end(event('end'))
    expect(await readers).toEqual([['0 response.created', '1 a', '2 b', '3 c', '4 d', '5 end'], ['2 b', '3 c', '4 d', '5 end'], ['4 d', '5 end']])
    expect(await read(log, 4)).toEqual(['5 end'])
    expect(await read(log, 5)).toEqual([])
  })

  it('tells the end under a new number to who is further than it got', async () => {
    const log = filled()
    log.end(event('end'))
    expect(await read(log, 9)).toEqual(['10 end'])
  })

  it('tells nothing but the end to who comes with a number from before', async () => {
    const log = filled(1_000)
    log.end(event('end'))
    expect(await read(log, 2)).toEqual(['1003 end'])
    expect(await read(log, 999)).toEqual(['1003 end'])
    expect(await read(log, 1_000)).toEqual(['1001 a', '1002 b', '1003 end'])
  })

  it('takes nothing after its end', async () => {
    const log = filled()
    log.end(event('end'))
    log.append([event('late')])
    log.end(event('later'))
    log.break(new GatewayError('internal', 'Late.'))
    expect(await read(log, 1)).toEqual(['2 b', '3 end'])
  })

  it('keeps its beginning and its end when it is given up, whoever is in the middle', async () => {
    const log = filled()
    const behind = log.read(undefined, NEVER)
    await behind.next()
    log.giveUp()
    log.append([event('c')])
    log.end(event('end'))
    expect(await behind.next()).toMatchObject({ value: { number: 4 } })
    expect(await read(log)).toEqual(['0 response.created', '4 end'])
  })

  it('breaks off for everybody, and lets go who leaves', async () => {
    const log = filled()
    const leaving = new AbortController()
    const left = log.read(2, leaving.signal).next()
    const staying = read(log)
    leaving.abort()
    expect(await left).toEqual({ done: true, value: undefined })
    log.break(new GatewayError('gateway_draining', 'Stopped.'))
    await expect(staying).rejects.toThrow('Stopped.')
  })
})

describe('createEventLogs', () => {
  it('forgets the oldest that have ended, then what runs gives up all but its beginning', async () => {
    const logs = createEventLogs({ eventsMs: 1_000, eventBytes: 600 }, () => new Date(0))
    const [first, second, running] = ['first', 'second', 'running'].map((id) => logs.open(id, 0))
    if (!first || !second || !running) throw new Error('no logs')
    for (const log of [first, second]) {
      log.append([event('response.created'), event('a'), event('a')])
      log.end(event('end'))
    }
    running.append([event('response.created'), event('a')])
    expect([logs.find('first'), logs.find('second')]).toEqual([first, second])
    while (logs.find('first')) running.append([event('a')])
    expect([logs.find('second'), logs.find('running')]).toEqual([second, running])
    for (let count = 0; count < 20; count++) running.append([event('a')])
    expect([logs.find('second'), logs.find('running')]).toEqual([undefined, running])
    expect(running.bytes).toBeLessThan(100)
    running.end(event('end'))
    expect((await read(running)).map((told) => told.split(' ')[1])).toEqual(['response.created', 'end'])
  })

  it('forgets what ended long ago, and what is removed', () => {
    let at = 0
    const logs = createEventLogs({ eventsMs: 1_000, eventBytes: 10_000 }, () => new Date(at))
    const log = logs.open('one', 0)
    at = 5_000
    expect(logs.find('one')).toBe(log)
    log.end(event('end'))
    at = 5_999
    expect(logs.find('one')).toBe(log)
    at = 6_000
    expect(logs.find('one')).toBeUndefined()
    logs.open('two', 0)
    logs.remove('two')
    expect(logs.find('two')).toBeUndefined()
  })
})
