import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFile } from './lock-file.ts'
import { createOverlayFile } from './overlay-file.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

describe('createOverlayFile', () => {
  it('reads what it wrote, and knows when there is nothing', () => {
    const overlay = createOverlayFile(join(folder.path, 'data'))
    expect([overlay.read(), overlay.peek(), overlay.remove()]).toEqual([{}, undefined, false])
    overlay.write({ favourites: ['${SECRET}'] })
    expect(overlay.read()).toEqual({ favourites: ['${SECRET}'] })
    expect(readFileSync(overlay.path, 'utf8')).toMatch(/^# Switches[^]*version: 1\nupdatedAt: "\d{4}-/)
    expect([overlay.remove(), existsSync(overlay.path)]).toEqual([true, false])
  })

  it('leaves a corrupt file where it is for those who only look, and sets it aside for those who change it', () => {
    const overlay = createOverlayFile(folder.path)
    folder.write('runtime.yaml', '- a list')
    expect(overlay.peek()).toEqual({})
    expect(readFileSync(overlay.path, 'utf8')).toBe('- a list')
    expect(overlay.read()).toEqual({})
    expect(readdirSync(folder.path).some((name) => name.startsWith('runtime.yaml.corrupt-'))).toBe(true)
  })

  it('runs one change at a time, also of two that know nothing of each other, and goes on after a failure', async () => {
    const files = [createOverlayFile(folder.path), createOverlayFile(folder.path)] as const
    const failed = files[0].exclusive(() => Promise.reject(new Error('no')))
    const count = async (file: (typeof files)[number]): Promise<void> => {
      const { n = 0 } = file.read() as { n?: number }
      await new Promise((resolve) => setTimeout(resolve, 2))
      file.write({ n: n + 1 })
    }
    await Promise.all(Array.from({ length: 20 }, (_, index) => files[index % 2 === 0 ? 0 : 1].exclusive(() => count(files[index % 2 === 0 ? 0 : 1]))))
    await expect(failed).rejects.toThrow('no')
    expect(files[0].read()).toEqual({ n: 20 })
    expect(readdirSync(folder.path)).toEqual(['runtime.yaml'])
  })
})

describe('lockFile', () => {
  const path = (): string => join(folder.path, 'x.lock')

  it('gives up on a lock that somebody keeps', async () => {
    await using _held = await lockFile(path())
    await expect(lockFile(path(), { deadlineMs: 50 })).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining(String(process.pid)) as string })
  })

  it('takes the lock of a process that died, and of one that is silent for too long elsewhere', async () => {
    folder.write('x.lock', `${hostname()} 999999999`)
    await (await lockFile(path(), { deadlineMs: 0 }))[Symbol.asyncDispose]()
    folder.write('x.lock', 'elsewhere 1')
    await expect(lockFile(path(), { deadlineMs: 0 })).rejects.toMatchObject({ code: 'overloaded' })
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(path(), longAgo, longAgo)
    await (await lockFile(path(), { deadlineMs: 0 }))[Symbol.asyncDispose]()
    expect(readdirSync(folder.path)).toEqual([])
  })
})
