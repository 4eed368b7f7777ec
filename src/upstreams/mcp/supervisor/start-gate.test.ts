import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createStartGate, type StartGate } from './start-gate.ts'

const LONG_MS = 60_000

/** After more turns of the event loop than the gate needs. */
const settled = (): Promise<void> => sleep(20)

function enterAll(gate: StartGate, count: number): { readonly entered: number[]; readonly leaves: (() => void)[]; readonly stops: AbortController[] } {
  const entered: number[] = []
  const leaves: (() => void)[] = []
  const stops = Array.from({ length: count }, () => new AbortController())
  for (const [index, stop] of stops.entries()) {
    void gate.enter(stop.signal).then((leave) => {
      entered.push(index)
      leaves[index] = leave
    })
  }
  return { entered, leaves, stops }
}

describe('createStartGate', () => {
  it('lets nobody in before it is open, and then as many as may start at once, in their order', async () => {
    const gate = createStartGate(2, LONG_MS)
    const { entered, leaves } = enterAll(gate, 4)
    await sleep(0)
    expect(entered).toEqual([])
    gate.open()
    await settled()
    expect(entered).toEqual([0, 1])
    leaves[0]?.()
    leaves[0]?.()
    await settled()
    expect(entered).toEqual([0, 1, 2])
    leaves[1]?.()
    await settled()
    expect(entered).toEqual([0, 1, 2, 3])
    for (const leave of leaves) leave()
  })

  it('does not wait for a server that takes long', async () => {
    const gate = createStartGate(1, 20)
    gate.open()
    const { entered } = enterAll(gate, 2)
    await sleep(60)
    expect(entered).toEqual([0, 1])
  })

  it('forgets who has given up', async () => {
    const gate = createStartGate(1, LONG_MS)
    const { entered, leaves, stops } = enterAll(gate, 3)
    gate.open()
    stops[1]?.abort()
    await settled()
    leaves[0]?.()
    await settled()
    expect(new Set(entered)).toEqual(new Set([0, 1, 2]))
    for (const leave of leaves) leave()
  })
})
