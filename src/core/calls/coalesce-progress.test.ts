import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonText } from '../../lib/json-text.ts'
import { coalesceProgress } from './coalesce-progress.ts'

const notice = (progress: number): JsonText => `{"progress":${progress}}` as JsonText

function bench() {
  const seen: string[] = []
  const gate = coalesceProgress((params) => void seen.push(params))
  return { seen, gate }
}

describe('coalesceProgress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('lets ordinary progress pass as it comes, however it bunches', () => {
    const { seen, gate } = bench()
    for (let step = 1; step <= 20; step++) gate.push(notice(step))
    expect(seen).toHaveLength(20)
  })

  it('F42 thins a flood to one notice per window, the newest of it', () => {
    const { seen, gate } = bench()
    for (let step = 1; step <= 10_000; step++) {
      gate.push(notice(step))
      if (step % 10 === 0) vi.advanceTimersByTime(1)
    }
    // A second of ten thousand notices.
    expect(seen.length).toBeGreaterThanOrEqual(20)
    expect(seen.length).toBeLessThanOrEqual(45)
    const values = seen.map((text) => (JSON.parse(text) as { progress: number }).progress)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
  })

  it('F42 always delivers the last notice, before the answer', () => {
    const { seen, gate } = bench()
    for (let step = 1; step <= 100; step++) gate.push(notice(step))
    expect(seen.at(-1)).toBe(notice(20))
    gate.flush()
    expect(seen.at(-1)).toBe(notice(100))
    vi.advanceTimersByTime(1_000)
    expect(seen).toHaveLength(21)
  })

  it('delivers the last notice without an answer too', () => {
    const { seen, gate } = bench()
    for (let step = 1; step <= 100; step++) gate.push(notice(step))
    vi.advanceTimersByTime(50)
    expect(seen.at(-1)).toBe(notice(100))
  })
})
