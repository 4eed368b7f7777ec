import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSealKey } from './seal-key.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-seal-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('loadSealKey', () => {
  it('is made once, for its owner only, and stays the same', async () => {
    const key = await loadSealKey(directory)
    expect(key).toHaveLength(32)
    expect(statSync(join(directory, 'seal.key')).mode & 0o777).toBe(0o600)
    expect(Buffer.from(await loadSealKey(directory)).equals(key)).toBe(true)
  })

  it('is never replaced when it is damaged', async () => {
    writeFileSync(join(directory, 'seal.key'), 'short')
    await expect(loadSealKey(directory)).rejects.toThrow(/Expected 32 bytes/)
    expect(statSync(join(directory, 'seal.key')).size).toBe(5)
  })
})
