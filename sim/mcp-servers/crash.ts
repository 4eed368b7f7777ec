import { setTimeout as sleep } from 'node:timers/promises'
import { textResult, tool } from './base.ts'
import { hasFlag, readOption, serve } from './serve.ts'

function crash(): never {
  process.stderr.write('crashing on purpose\n')
  process.exit(Number(readOption('exit-code') ?? 3))
}

const after = Number(readOption('after') ?? Number.POSITIVE_INFINITY)
let calls = 0

/** Ends when told to: `--at-start`, on the tool `crash`, or after `--after N` calls of `work`; its exit code is `--exit-code` (3). */
if (hasFlag('at-start')) crash()
serve({
  name: 'crash',
  eras: 'legacy',
  tools: () => [
    tool('crash', crash),
    tool('work', async ({ arguments: given }) => {
      if (++calls > after) crash()
      await sleep(Number(given['ms'] ?? 0))
      return textResult(String(calls))
    }),
  ],
})
