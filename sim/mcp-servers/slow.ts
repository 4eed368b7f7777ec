import { setTimeout as sleep } from 'node:timers/promises'
import { textResult, tool } from './base.ts'
import { hasFlag, readOption, serve } from './serve.ts'

const listDelayMs = Number(readOption('list-delay') ?? 300)
const callDelayMs = Number(readOption('call-delay') ?? 0)

/** Takes its time: `--list-delay MS` for each list (300), `--call-delay MS` for each call (0), deaf to everything else meanwhile with `--blocking`. */
serve({
  name: 'slow',
  eras: 'legacy',
  async tools() {
    await sleep(listDelayMs)
    return [
      tool('slow', async () => {
        if (hasFlag('blocking')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, callDelayMs)
        else await sleep(callDelayMs)
        return textResult('done')
      }),
    ]
  },
})
