import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { processTable } from '../support/process-children.ts'
import { until } from '../support/until.ts'

const address = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

const RUN: Readonly<Record<string, (megabytes: number) => string>> = {
  'as this machine allows': (megabytes) => `
    import { createScriptSandbox } from ${address('upstreams/sandbox/index.ts')}
    const sandbox = createScriptSandbox({ settings: { ...settings, memoryBytes: ${megabytes} * 1024 * 1024 }, logger: silentLogger })
    const run = (job) => sandbox.run(job)`,
  'without bubblewrap': (megabytes) => `
    import { runScript } from ${address('upstreams/sandbox/run-script.ts')}
    import { createGuardian } from ${address('upstreams/mcp/index.ts')}
    const launcher = { before: [], node: process.execPath, isBubblewrapped: false, warning: undefined }
    const watch = createGuardian({ variable: 'TRUNKLINE_SCRIPT', owner: 'none', path: undefined, logger: silentLogger })
    const run = (job) => runScript(job, { launcher, settings: { ...settings, memoryBytes: ${megabytes} * 1024 * 1024 }, logger: silentLogger, watch })`,
}

const program = (how: string, megabytes: number): string => `
  import { silentLogger } from ${address('telemetry/index.ts')}
  const settings = { sandbox: 'auto', timeoutMs: 60_000, outputBytes: 1_000, messageBytes: 1_000_000, calls: 9, parallelCalls: 9, processes: 9 }
  ${RUN[how]?.(megabytes) ?? ''}
  for (const end of ['for (;;) {}', 'await sleep(50_000)']) {
    run({ script: 'await callTool("begun"); ' + end, names: {}, signal: new AbortController().signal, async call() { process.stdout.write('begun\\n'); return { isError: false, value: '1' } } })
  }
  setInterval(() => {}, 1_000)`

describe('a gateway that is killed', () => {
  it.each([
    ['as this machine allows', 61],
    ['without bubblewrap', 67],
  ])('leaves no script behind (%s), busy or idle', async (how, megabytes) => {
    const left = (): number => processTable().filter(({ command, state }) => state !== 'Z' && command.includes(`--max-old-space-size=${megabytes} `)).length
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', program(how, megabytes)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let begun = 0
    gateway.stdout.on('data', (bytes: Buffer) => (begun += bytes.toString().split('begun').length - 1))
    try {
      await until(() => begun === 2, 'both scripts run')
      expect(left()).toBeGreaterThanOrEqual(2)
    } finally {
      gateway.kill('SIGKILL')
      await once(gateway, 'exit')
    }
    await until(() => left() === 0, 'nothing is left')
  })
})
