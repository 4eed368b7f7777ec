import { textResult, tool } from './base.ts'
import { serve } from './serve.ts'

/** The tool `hang` stops the whole process with SIGSTOP: it is alive and does nothing any more. */
serve({
  name: 'hang',
  eras: 'legacy',
  tools: () => [
    tool('hang', () => {
      process.kill(process.pid, 'SIGSTOP')
      return textResult('woken up')
    }),
    tool('work', () => textResult('done')),
  ],
})
