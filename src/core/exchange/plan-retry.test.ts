import { describe, expect, it } from 'vitest'
import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import { planRetry, type NextAttempt, type PastAttempt } from './plan-retry.ts'
import { readRetryAfter } from './retry-after.ts'
import { DEFAULT_EXCHANGE_SETTINGS } from './settings.ts'

const NOW = Date.parse('2026-11-20T10:00:00Z')
const a: Target = { kind: 'target', provider: 'a' as ProviderId, model: 'm' }
const b: Target = { kind: 'target', provider: 'b' as ProviderId, model: 'm' }

const failure = (status: number, headers: Record<string, string> = {}, code: ErrorCode = 'upstream_rejected', details = {}): FailedAttempt => ({
  kind: 'failed',
  error: new GatewayError(code, 'm', { details }),
  status,
  httpStatus: status,
  headers,
  body: undefined,
  fault: undefined,
})

const plan = (targets: readonly Target[], past: readonly PastAttempt[], elapsedMs = 0, random = 1): NextAttempt | undefined =>
  planRetry(targets, past, DEFAULT_EXCHANGE_SETTINGS, { now: NOW, elapsedMs, random: () => random })

describe('planRetry', () => {
  it.each([408, 409, 429, 500, 502, 503, 504, 529])('tries %i again on the same target after a jittered pause', (status) => {
    expect(plan([a], [{ target: a, failure: failure(status) }])).toEqual({ target: a, waitMs: 250 })
    const twice = [failure(status), failure(status)].map((failed) => ({ target: a, failure: failed }))
    expect(plan([a], twice)).toEqual({ target: a, waitMs: 500 })
    expect(plan([a], twice, 0, 0)).toEqual({ target: a, waitMs: 0 })
  })

  it.each([400, 404, 413, 422, 418])('never tries %i again, anywhere', (status) => {
    expect(plan([a, b], [{ target: a, failure: failure(status) }])).toBeUndefined()
  })

  it.each([401, 402, 403, 302])('takes %i to another target only', (status) => {
    expect(plan([a], [{ target: a, failure: failure(status) }])).toBeUndefined()
    expect(plan([a, b], [{ target: a, failure: failure(status) }])).toEqual({ target: b, waitMs: 0 })
  })

  it('stops after three attempts in total and at the wall', () => {
    const past = [a, b, a].map((target) => ({ target, failure: failure(503) }))
    expect(plan([a, b], past)).toBeUndefined()
    expect(plan([a, b], past.slice(0, 1), 60_000)).toBeUndefined()
    expect(plan([a], [{ target: a, failure: failure(503, { 'retry-after': '5' }) }], 56_000)).toBeUndefined()
  })

  it('obeys `x-should-retry: false`, and does not wait longer than it may', () => {
    expect(plan([a], [{ target: a, failure: failure(503, { 'x-should-retry': 'false' }) }])).toBeUndefined()
    expect(plan([a], [{ target: a, failure: failure(429, { 'retry-after': '30' }) }])).toBeUndefined()
    expect(plan([a], [{ target: a, failure: failure(429, { 'retry-after': '3' }) }])).toEqual({ target: a, waitMs: 3_000 })
  })

  it('goes back to the target that may be tried soonest', () => {
    const past = [{ target: a, failure: failure(429, { 'retry-after': '9' }) }, { target: b, failure: failure(503, { 'retry-after': '2' }) }]
    expect(plan([a, b], past)).toEqual({ target: b, waitMs: 2_000 })
  })

  it('waits little for a refused connection and not at all for one that was closed under the request', () => {
    expect(plan([a], [{ target: a, failure: failure(0, {}, 'upstream_unavailable') }])?.waitMs).toBe(100)
    expect(plan([a], [{ target: a, failure: failure(0, {}, 'upstream_unavailable', { reusedSocket: true }) }])?.waitMs).toBe(0)
  })

  it('tries a broken answer again, and what is our own fault never', () => {
    expect(plan([a], [{ target: a, failure: failure(200, {}, 'upstream_protocol') }])?.target).toBe(a)
    expect(plan([a], [{ target: a, failure: failure(200, {}, 'internal') }])).toBeUndefined()
  })
})

describe('readRetryAfter', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': ' 0.5 ' }, 500],
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:00:07 GMT' }, 7_000],
    [{ 'retry-after': 'Fri, 20 Nov 2020 10:00:07 GMT' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'x-ms-retry-after-ms': '20' }, 20],
    [{ 'retry-after-ms': 'x', 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '1e9' }, 300_000],
    [{ 'retry-after': '1000000000' }, 300_000],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%o', (headers, expected) => {
    expect(readRetryAfter(headers, NOW)).toBe(expected)
  })
})
