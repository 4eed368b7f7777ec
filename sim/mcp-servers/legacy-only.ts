import { textResult, tool } from './base.ts'
import { hasFlag, serve } from './serve.ts'

let isInitialized = false

/** Knows nothing of 2026-07-28. Before `initialize` it answers errors, with `--dies` it ends, with `--silent` it says nothing. */
serve({
  name: 'legacy-only',
  eras: 'legacy',
  tools: () => [tool('work', () => textResult('done'))],
  intercept(message, send) {
    if (message['method'] === 'initialize') isInitialized = true
    if (isInitialized) return false
    if (hasFlag('dies')) process.kill(process.pid, 'SIGKILL')
    if (!hasFlag('silent')) send({ jsonrpc: '2.0', id: message['id'] ?? null, error: { code: -32602, message: 'Invalid request parameters' } })
    return true
  },
})
