import { setTimeout as sleep } from 'node:timers/promises'
import { textResult, tool } from './base.ts'
import { readOption, serve } from './serve.ts'

const listDelayMs = Number(readOption('list-delay') ?? 300)
const callDelayMs = Number(readOption('call-delay') ?? 0)

/** Takes its time: `--list-delay MS` for each list (300), `--call-delay MS` for each call (0). */
serve({
  name: 'slow',
  eras: 'legacy',
  async tools() {
    await sleep(listDelayMs)
    return [
      tool('slow', async () => {
        await sleep(callDelayMs)
        return textResult('done')
      }),
    ]
  },
})
