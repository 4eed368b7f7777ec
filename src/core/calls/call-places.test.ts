import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import type { CallLimits } from '../../domain/server-settings.ts'
import { createCallPlaces, type PlaceRequest } from './call-places.ts'

const LIMITS: CallLimits = { concurrency: 1, queue: 2, queueTimeoutMs: 60_000, resultBytes: undefined }
const request = (more: Partial<PlaceRequest> = {}): PlaceRequest => ({ upstream: 's', server: 's', limits: LIMITS, signal: new AbortController().signal, ...more })
const codeOf = (error: unknown): unknown => (error instanceof GatewayError ? error.code : error)

describe('createCallPlaces', () => {
  it('gives places first come, first served, and to servers apart', async () => {
    const places = createCallPlaces()
    const order: string[] = []
    const first = await places.enter(request())
    const second = places.enter(request()).then((place) => (order.push('second'), place))
    const third = places.enter(request()).then((place) => (order.push('third'), place))
    expect(codeOf(await places.enter(request()).catch((error: unknown) => error))).toBe('overloaded')
    const other = await places.enter(request({ upstream: 'o' }))
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    ;(await second)[Symbol.dispose]()
    ;(await third)[Symbol.dispose]()
    expect(order).toEqual(['second', 'third'])
    other[Symbol.dispose]()
    ;(await places.enter(request()))[Symbol.dispose]()
  })

  it('gives up a turn whose caller left, and hands it to the next', async () => {
    const places = createCallPlaces()
    const leaving = new AbortController()
    const first = await places.enter(request())
    const left = places.enter(request({ signal: leaving.signal })).catch(codeOf)
    const next = places.enter(request())
    leaving.abort()
    expect(await left).toBe('cancelled')
    first[Symbol.dispose]()
    ;(await next)[Symbol.dispose]()
  })

  it('asks nobody to wait without a limit', async () => {
    const places = createCallPlaces()
    const all = await Promise.all(Array.from({ length: 50 }, () => places.enter(request({ limits: undefined }))))
    expect(all).toHaveLength(50)
  })
})
