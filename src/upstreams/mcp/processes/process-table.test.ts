import { describe, expect, it } from 'vitest'
import { parseStat, readProcess, readProcessTable } from './process-table.ts'

describe('parseStat', () => {
  it('reads past a name that holds parentheses and spaces', () => {
    const rest = Array.from({ length: 30 }, (_, index) => String(100 + index)).join(' ')
    expect(parseStat(`42 (a) b (c)) S 1 2 3 ${rest}`)).toEqual({ pid: 42, parent: 1, group: 2, session: 3, startedAt: 115, isZombie: false })
  })

  it('knows a zombie, and nothing in nonsense', () => {
    expect(parseStat(`1 (x) Z ${'0 '.repeat(30)}`)?.isZombie).toBe(true)
    expect(parseStat('nonsense')).toBeUndefined()
  })
})

describe.runIf(process.platform === 'linux')('readProcessTable', () => {
  it('finds this process by pid and start time', async () => {
    const own = await readProcess(process.pid)
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, isZombie: false })
    expect((await readProcessTable()).find((row) => row.pid === process.pid)?.startedAt).toBe(own?.startedAt)
    expect(await readProcess(2 ** 30)).toBeUndefined()
  })
})
