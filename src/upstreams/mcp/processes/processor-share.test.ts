import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { silentLogger } from '../../../telemetry/index.ts'
import { takeLessProcessor, takeUsualProcessor } from './processor-share.ts'

const NONE = existsSync('/proc/self/autogroup') ? undefined : 'the kernel has no autogroups'

it.skipIf(NONE !== undefined)(`takes less, and what is usual again${NONE === undefined ? '' : ` (${NONE})`}`, async () => {
  const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const share = (): string => readFileSync(`/proc/${pid}/autogroup`, 'utf8').trim().replace(/^\S+ /, '')
  try {
    await takeLessProcessor(pid, silentLogger)
    expect(share()).toBe('nice 10')
    await takeUsualProcessor(pid, silentLogger)
    expect(share()).toBe('nice 0')
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

it('says nothing of a process that is gone', async () => {
  await expect(takeLessProcessor(2 ** 30, silentLogger)).resolves.toBeUndefined()
})
