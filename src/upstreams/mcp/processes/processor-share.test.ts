import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { silentLogger } from '../../../telemetry/index.ts'
import { takeLessProcessor, takeUsualProcessor } from './processor-share.ts'

/** Undefined where the kernel has no such groups, or lets nobody change them. */
function shareOf(pid: number): string | undefined {
  const path = `/proc/${pid}/autogroup`
  try {
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^.* /, '').trim())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return undefined
  }
  return readFileSync(path, 'utf8').trim().replace(/^\S+ /, '')
}

it('takes less, and what is usual again; nothing where there are no groups', async () => {
  const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const before = shareOf(pid)
  try {
    await takeLessProcessor(pid, silentLogger)
    expect(shareOf(pid)).toBe(before && 'nice 10')
    await takeUsualProcessor(pid, silentLogger)
    expect(shareOf(pid)).toBe(before && 'nice 0')
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

it('says nothing of a process that is gone', async () => {
  await expect(takeLessProcessor(2 ** 30, silentLogger)).resolves.toBeUndefined()
})
