import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerRow } from './ledger.ts'
import { openStorage } from './storage.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-storage-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const row = (changes: Partial<LedgerRow> = {}): LedgerRow => ({
  attemptId: 'a1',
  exchangeId: 'e1',
  requestId: 'r1',
  principal: 'local',
  startedAt: new Date('2026-11-21T10:00:00.000Z'),
  durationMs: 12.5,
  surface: 'openai-chat',
  provider: 'sim',
  model: 'm',
  publicModel: 'sim/m',
  outcome: 'answered',
  status: 200,
  stream: true,
  usage: { input: { total: 3, cacheRead: 1, cacheWrite: 0 }, output: { total: 4, reasoning: 2 }, raw: { prompt_tokens: 3 } },
  usageSource: 'provider',
  costMicros: 12.5,
  ...changes,
})

describe('openStorage', () => {
  it('gives back what was written, after a reopen too, and keeps a repeated row once', async () => {
    const without = row({ attemptId: 'a2', usage: undefined, usageSource: 'none', costMicros: undefined, startedAt: new Date('2026-11-21T11:00:00.000Z') })
    {
      await using storage = await openStorage({ directory })
      await Promise.all([storage.ledger.append(row()), storage.ledger.append(row({ durationMs: 99 })), storage.ledger.append(without)])
    }
    await using storage = await openStorage({ directory })
    expect(await storage.ledger.list({})).toEqual([without, row()])
    expect(await storage.ledger.list({ since: new Date('2026-11-21T10:30:00.000Z'), limit: 5 })).toEqual([without])
    expect(await storage.ledger.count()).toBe(2)
  })

  it('keeps the database to its owner', async () => {
    await using storage = await openStorage({ directory: join(directory, 'new') })
    expect(await storage.ledger.count()).toBe(0)
    expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, 'new', 'trunkline.db')).mode & 0o777).toBe(0o600)
  })

  it('refuses a database of a newer schema without touching it', async () => {
    await (await openStorage({ directory }))[Symbol.asyncDispose]()
    const database = new DatabaseSync(join(directory, 'trunkline.db'))
    database.exec("insert into schema_migrations values (999, 'future', 'x', '2027')")
    database.close()
    await expect(openStorage({ directory })).rejects.toMatchObject({ code: 'storage_unavailable', message: expect.stringContaining('newer') as string })
  })

  it('says which directory cannot be written', async () => {
    await expect(openStorage({ directory: '/dev/null/x' })).rejects.toThrow(/--data/)
  })

  it('lets a second process write into the same database', async () => {
    await using first = await openStorage({ directory })
    await using second = await openStorage({ directory })
    await Promise.all(Array.from({ length: 50 }, (_, n) => (n % 2 ? first : second).ledger.append(row({ attemptId: `a${n}` }))))
    expect(await first.ledger.count()).toBe(50)
  })

  it('refuses what comes after the close', async () => {
    const storage = await openStorage({ directory })
    await storage[Symbol.asyncDispose]()
    await expect(storage.ledger.append(row())).rejects.toMatchObject({ code: 'storage_unavailable' })
  })

  it('loses no acknowledged row when the process is killed at any moment', async () => {
    const script = fileURLToPath(new URL('./testing/append-forever.ts', import.meta.url))
    let acknowledged = 0
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [script, directory, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })
      let seen = 0
      lines.on('line', () => {
        seen++
        if (seen === 40 + round * 37) child.kill('SIGKILL')
      })
      await new Promise((resolve) => lines.on('close', resolve))
      acknowledged += seen
      await using storage = await openStorage({ directory })
      expect(await storage.ledger.count()).toBeGreaterThanOrEqual(acknowledged)
    }
  })
})
