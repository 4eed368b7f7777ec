import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { silentLogger } from '../../../telemetry/index.ts'
import { startModestly } from './start-modestly.ts'

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

async function startSleep(): Promise<ChildProcess> {
  const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  return child
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

it('takes less, and what is usual again; nothing where there are no groups', async () => {
  const child = await startSleep()
  const pid = child.pid ?? 0
  const before = shareOf(pid)
  try {
    const start = startModestly(pid, silentLogger)
    await start.begun
    expect(shareOf(pid)).toBe(before && 'nice 19')
    await start.succeed()
    expect(shareOf(pid)).toBe(before && 'nice 0')
  } finally {
    await end(child)
  }
})

it('takes more the longer a start takes, and touches nothing after its end', async () => {
  const [slow, gone] = [await startSleep(), await startSleep()]
  const pid = slow.pid ?? 0
  const before = shareOf(pid)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const start = startModestly(pid, silentLogger)
    const other = startModestly(gone.pid ?? 0, silentLogger)
    await Promise.all([start.begun, other.begun])
    other.stop()
    vi.advanceTimersByTime(3_000)
    vi.useRealTimers()
    await vi.waitFor(() => expect(shareOf(pid)).toBe(before && 'nice 10'), { timeout: 10_000 })
    expect(shareOf(gone.pid ?? 0)).toBe(before && 'nice 19')
  } finally {
    vi.useRealTimers()
    await end(slow)
    await end(gone)
  }
})

it('says nothing of a process that is gone', async () => {
  const start = startModestly(2 ** 30, silentLogger)
  await expect(start.begun).resolves.toBeUndefined()
  await expect(start.succeed()).resolves.toBeUndefined()
})
