import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { textResult, tool, type TestCall } from './base.ts'
import { readOption, serve } from './serve.ts'

const file = readOption('file') ?? ''
const callDelayMs = Number(readOption('call-delay') ?? 0)

async function count(name: string, { argumentsText }: TestCall): Promise<ReturnType<typeof textResult>> {
  appendFileSync(file, `${name} ${argumentsText}\n`)
  await sleep(callDelayMs)
  return textResult(`${name} done`)
}

/** Writes a line into `--file` for every call that reaches it, then takes `--call-delay` milliseconds: `pay` must not be done twice, `look` may; `explode` ends the server. */
serve({
  name: 'counting',
  eras: 'both',
  tools: () => [
    tool('pay', (call) => count('pay', call)),
    tool('look', (call) => count('look', call), { annotations: { readOnlyHint: true } }),
    tool('never', async (call) => {
      await count('never', call)
      return new Promise((resolve) => call.signal.addEventListener('abort', () => resolve(textResult('cancelled'))))
    }),
    tool('explode', async (call) => {
      await count('explode', call)
      process.kill(process.pid, 'SIGKILL')
      return textResult('')
    }),
  ],
})
