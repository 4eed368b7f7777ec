import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findFamily } from './find-family.ts'
import { scanProcesses } from './scan-processes.ts'

const VARIABLE = 'TRUNKLINE_SCAN_TEST'

describe.runIf(process.platform === 'linux')('scanProcesses', () => {
  it('is shared by all who ask at once, and began after each of them asked', async () => {
    const first = scanProcesses(VARIABLE)
    const child = spawn('sleep', ['30'], { env: { [VARIABLE]: 'later' }, stdio: 'ignore' })
    try {
      await once(child, 'spawn')
      const others = Array.from({ length: 100 }, () => scanProcesses(VARIABLE))
      const scans = await Promise.all(others)
      expect(new Set(scans).size).toBeLessThanOrEqual(2)
      for (const { marks } of scans) expect(marks.get(child.pid ?? 0)).toEqual(['later'])
      await first
    } finally {
      child.kill()
      await once(child, 'exit')
    }
    expect((await scanProcesses(VARIABLE)).marks.get(child.pid ?? 0)).toBeUndefined()
  })

  it('holds few descriptors, however many families are looked for', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length
    const before = count()
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, count())), 1)
    const families = await Promise.all(Array.from({ length: 200 }, (_, index) => findFamily({ variable: VARIABLE, owner: `none-${index}`, leaders: [] })))
    clearInterval(timer)
    expect(families.flat()).toEqual([])
    expect(most - before).toBeLessThan(100)
  })
})
