import { once } from 'node:events'
import { textResult, tool } from './base.ts'
import { readOption, serve } from './serve.ts'

const megabytes = Number(readOption('megabytes') ?? 200)

/** The tool `huge` writes `--megabytes` (200) without a newline; `big` answers with `bytes` of text. */
serve({
  name: 'huge',
  eras: 'legacy',
  tools: () => [
    tool('huge', async () => {
      const block = 'x'.repeat(1024 * 1024)
      for (let written = 0; written < megabytes; written++) {
        if (!process.stdout.write(block)) await once(process.stdout, 'drain')
      }
      return textResult('written')
    }),
    tool('big', ({ arguments: given }) => textResult('y'.repeat(Number(given['bytes'] ?? 1_000_000)))),
  ],
})
