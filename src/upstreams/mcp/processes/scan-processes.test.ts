import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findFamily } from './find-family.ts'
import { readProcess } from './process-table.ts'
import { scanProcesses } from './scan-processes.ts'

const VARIABLE = 'TRUNKLINE_SCAN_TEST'

describe.runIf(process.platform === 'linux')('scanProcesses', () => {
  it('is shared by all who ask at once, and began after each of them asked', async () => {
    const first = scanProcesses({ variable: VARIABLE })
    const child = spawn('sleep', ['30'], { env: { [VARIABLE]: 'later' }, stdio: 'ignore' })
    try {
      await once(child, 'spawn')
      const others = Array.from({ length: 100 }, () => scanProcesses({ variable: VARIABLE }))
      const scans = await Promise.all(others)
      expect(new Set(scans).size).toBeLessThanOrEqual(2)
      for (const { marks } of scans) expect(marks.get(child.pid ?? 0)).toEqual(['later'])
      await first
    } finally {
      child.kill()
      await once(child, 'exit')
    }
    expect((await scanProcesses({ variable: VARIABLE })).marks.get(child.pid ?? 0)).toBeUndefined()
  })

  it('looks into young processes only, for all who ask at once as far back as one of them wants', async () => {
    const child = spawn('sleep', ['30'], { env: { [VARIABLE]: 'young' }, stdio: 'ignore' })
    const { pid = 0 } = child
    try {
      await once(child, 'spawn')
      const started = (await readProcess(pid))?.startedAt ?? 0
      const later = await scanProcesses({ variable: VARIABLE, since: started + 1 })
      expect(later.rows.map((row) => row.pid)).toContain(pid)
      expect(later.marks.has(pid)).toBe(false)
      const running = scanProcesses({ variable: VARIABLE, since: started + 1 })
      const both = [started, started + 1].map((since) => scanProcesses({ variable: VARIABLE, since }))
      for (const { marks } of await Promise.all(both)) expect(marks.get(pid)).toEqual(['young'])
      await running
      expect(await findFamily({ variable: VARIABLE, owner: 'young', leaders: [], since: started })).toMatchObject([{ pid }])
    } finally {
      child.kill()
      await once(child, 'exit')
    }
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
