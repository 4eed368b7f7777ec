import { describe, expect, it } from 'vitest'
import { NO_ENTRIES, type EntryJournal } from './session-journal.ts'
import type { SessionStream, StreamCarrier, StreamEvent } from './session-stream.ts'
import { createSessionStreams, type KeptEntry, type SessionStreams, type StreamBudget, type StreamLimits } from './session-streams.ts'

const budgetOf = (maxBytes = 100_000): StreamBudget => ({ bytes: 0, maxBytes })

interface Collector extends StreamCarrier {
  readonly events: StreamEvent[]
  readonly messages: () => readonly string[]
  isEnded: boolean
}

function collect(): Collector {
  const collector: Collector = {
    events: [],
    isEnded: false,
    messages: () => collector.events.map(({ message }) => message),
    send: (event) => collector.events.push(event) > 0,
    end: () => void (collector.isEnded = true),
  }
  return collector
}

function make(more: { limits?: StreamLimits; budget?: StreamBudget; now?: () => number; journal?: EntryJournal; entries?: readonly KeptEntry[] } = {}): SessionStreams {
  const { limits = { maxEvents: 100, maxBytes: 10_000 }, budget = budgetOf(), now = () => 5, journal = NO_ENTRIES, entries } = more
  return createSessionStreams({ limits, budget, now, journal }, entries)
}

function attached(stream: SessionStream): Collector {
  const carrier = collect()
  stream.prime(carrier)
  stream.attach(carrier, undefined)
  return carrier
}

function resumed(streams: SessionStreams, lastEventId: string): Collector & { readonly owed: unknown } {
  const found = streams.resume(lastEventId)
  if (found.kind !== 'resumed') throw new Error('unknown')
  const carrier = collect()
  const owed = found.stream.owes(found.from)
  found.stream.attach(carrier, found.from)
  return Object.assign(carrier, { owed })
}

const idOf = (carrier: Collector, index: number): string => carrier.events[index]?.id ?? ''

describe('createSessionStreams', () => {
  it('replays what came after the event that the client names, of that stream alone', () => {
    const streams = make()
    const [one, two] = [streams.open({ kind: 'unrelated' }), streams.open({ kind: 'request', id: 1 })]
    const [first, second] = [attached(one), attached(two)]
    for (const n of [1, 2, 3]) {
      one.send(`a${n}`, 'message')
      two.send(`b${n}`, 'message')
    }
    expect(first.messages()).toEqual(['', 'a1', 'a2', 'a3'])
    expect(resumed(streams, idOf(first, 1)).messages()).toEqual(['a2', 'a3'])
    expect(resumed(streams, idOf(second, 0)).messages()).toEqual(['b1', 'b2', 'b3'])
  })

  it('gives every event an id of its own that grows within the stream', () => {
    const streams = make()
    const carriers = [1, 2, 3].map((id) => {
      const stream = streams.open({ kind: 'request', id })
      const carrier = attached(stream)
      for (let n = 0; n < 20; n++) stream.send(`${n}`, 'message')
      return carrier
    })
    const ids = carriers.flatMap(({ events }) => events.map(({ id }) => id))
    expect(new Set(ids).size).toBe(63)
    for (const { events } of carriers) {
      const sequences = events.map(({ id }) => Number.parseInt(id.split('.')[1] ?? '', 36))
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    }
  })

  it('moves a stream to the newest connection and ends the older one, whose end then means nothing', () => {
    const streams = make()
    const stream = streams.open({ kind: 'request', id: 1 })
    const old = attached(stream)
    stream.send('1', 'message')
    const now = resumed(streams, idOf(old, 0))
    expect(old.isEnded).toBe(true)
    expect(stream.detach(old)).toBe(false)
    stream.send('2', 'answer')
    stream.finish()
    expect([now.messages(), now.isEnded, old.messages()]).toEqual([['1', '2'], true, ['', '1']])
  })

  it('keeps an answer that comes while nobody is there, and then has nothing more to say', () => {
    const streams = make()
    const stream = streams.open({ kind: 'request', id: 1 })
    const carrier = attached(stream)
    stream.detach(carrier)
    expect(stream.send('progress', 'message')).toBe(true)
    stream.send('answer', 'answer')
    stream.finish()
    const back = resumed(streams, idOf(carrier, 0))
    expect([back.messages(), back.isEnded, back.owed]).toEqual([['progress', 'answer'], true, undefined])
    const again = resumed(streams, idOf(back, 1))
    expect([again.messages(), again.isEnded, again.owed]).toEqual([[], true, undefined])
  })

  it('says after a minute that the client is gone, so that nobody waits for it', () => {
    let now = 0
    const streams = make({ now: () => now })
    const stream = streams.open({ kind: 'request', id: 1 })
    const carrier = attached(stream)
    stream.detach(carrier)
    now = 59_000
    expect(stream.send('question', 'message')).toBe(true)
    now = 61_000
    expect(stream.send('question', 'message')).toBe(false)
  })

  it.each([
    ['events', { maxEvents: 3, maxBytes: 10_000 }],
    ['bytes', { maxEvents: 100, maxBytes: 6 }],
  ])('keeps the newest within the limit of %s', (_what, limits) => {
    const streams = make({ limits })
    const stream = streams.open({ kind: 'unrelated' })
    const carrier = attached(stream)
    for (let n = 0; n < 10; n++) stream.send(`m${n}`, 'message')
    expect(carrier.messages()).toHaveLength(11)
    expect(resumed(streams, idOf(carrier, 0)).messages()).toEqual(['m7', 'm8', 'm9'])
  })

  it('keeps no more than all sessions may keep together, and gives its room back when it ends', () => {
    const budget = budgetOf(10)
    const [one, two] = [make({ budget }), make({ budget })]
    const [first, second] = [one.open({ kind: 'unrelated' }), two.open({ kind: 'unrelated' })]
    attached(first)
    const carrier = attached(second)
    first.send('12345678', 'message')
    second.send('abcd', 'message')
    expect([carrier.messages(), resumed(two, idOf(carrier, 0)).messages(), budget.bytes]).toEqual([['', 'abcd'], [], 8])
    one[Symbol.dispose]()
    first.send('late', 'message')
    expect(budget.bytes).toBe(0)
    second.send('efgh', 'message')
    expect(resumed(two, idOf(carrier, 0)).messages()).toEqual(['efgh'])
  })

  it('owes the answer that it keeps no longer, to a client that has not seen it', () => {
    const streams = make({ limits: { maxEvents: 100, maxBytes: 10 } })
    const stream = streams.open({ kind: 'request', id: 'big' })
    const carrier = attached(stream)
    stream.send('x'.repeat(11), 'answer')
    stream.finish()
    expect(carrier.messages()).toEqual(['', 'x'.repeat(11)])
    expect(resumed(streams, idOf(carrier, 0)).owed).toBe('big')
    expect(resumed(streams, idOf(carrier, 1)).owed).toBeUndefined()
  })

  it('does not know streams of other sessions, nor what was never one', () => {
    const [mine, theirs] = [make(), make()]
    const carrier = attached(theirs.open({ kind: 'request', id: 1 }))
    const listening = attached(theirs.open({ kind: 'unrelated' }))
    expect(mine.resume(idOf(carrier, 0))).toEqual({ kind: 'unknown', isUnrelated: false })
    expect(mine.resume(idOf(listening, 0))).toEqual({ kind: 'unknown', isUnrelated: true })
    for (const text of ['', '1', 'r.1', 'raaaaaaaa.', 'raaaaaaaa.!', `raaaaaaaa.${'z'.repeat(40)}`]) expect(mine.resume(text)).toEqual({ kind: 'unknown', isUnrelated: false })
  })

  it('forgets a stream some time after it was delivered, and never one that is waited for', () => {
    let now = 0
    const streams = make({ now: () => now })
    const delivered = streams.open({ kind: 'request', id: 1 })
    const waiting = streams.open({ kind: 'request', id: 2 })
    const [first, second] = [attached(delivered), attached(waiting)]
    waiting.detach(second)
    for (const stream of [delivered, waiting]) {
      stream.send('answer', 'answer')
      stream.finish()
    }
    now = 301_000
    streams.sweep()
    expect(streams.resume(idOf(first, 0)).kind).toBe('unknown')
    expect(resumed(streams, idOf(second, 0)).messages()).toEqual(['answer'])
  })
})

describe('createSessionStreams after a crash', () => {
  function recorded(): { readonly entries: KeptEntry[]; readonly journal: EntryJournal } {
    const entries: KeptEntry[] = []
    return { entries, journal: { ...NO_ENTRIES, append: (entry) => void entries.push(entry) } }
  }

  it('replays answers and what belongs to no request; progress and questions died with their call', () => {
    const { entries, journal } = recorded()
    const before = make({ journal })
    const [call, listening] = [before.open({ kind: 'request', id: 1 }), before.open({ kind: 'unrelated' })]
    const [first, second] = [attached(call), attached(listening)]
    call.send('progress', 'message')
    call.send('answer', 'answer')
    listening.send('notice', 'message')
    const after = make({ entries, now: () => 6 })
    expect(resumed(after, idOf(first, 0)).messages()).toEqual(['answer'])
    expect(resumed(after, idOf(first, 2)).messages()).toEqual([])
    expect(resumed(after, idOf(second, 0)).messages()).toEqual(['notice'])
  })

  it('owes the answer of a request that was running, but not to a client that has seen it', () => {
    const { entries, journal } = recorded()
    const stream = make({ journal }).open({ kind: 'request', id: 'a' })
    const carrier = attached(stream)
    const written = [...entries]
    stream.send('answer that was sent and not written down', 'answer')
    const after = make({ entries: written })
    expect(resumed(after, idOf(carrier, 0)).owed).toBe('a')
    expect(resumed(after, idOf(carrier, 1)).owed).toBeUndefined()
  })

  it('uses no sequence again that a client has seen and nobody wrote down', () => {
    const { entries, journal } = recorded()
    const listening = make({ journal }).open({ kind: 'unrelated' })
    const carrier = attached(listening)
    const written = [...entries]
    for (let n = 0; n < 50; n++) listening.send(`lost ${n}`, 'message')
    const back = resumed(make({ entries: written, now: () => 6 }), idOf(carrier, 50))
    const found = make({ entries: written, now: () => 6 }).resume(idOf(carrier, 50))
    if (found.kind !== 'resumed') throw new Error('unknown')
    found.stream.attach(back, found.from)
    found.stream.send('new', 'message')
    const seen = new Set(carrier.events.map(({ id }) => id))
    expect(back.events.map(({ id, message }) => [message, seen.has(id)])).toEqual([['new', false]])
  })
})
