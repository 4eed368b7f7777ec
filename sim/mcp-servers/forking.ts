import { spawn } from 'node:child_process'
import { textResult, tool } from './base.ts'
import { hasFlag, serve } from './serve.ts'

/** What a grandchild runs: it ignores the polite signals and holds none of our pipes. */
const STUBBORN = "for (const s of ['SIGTERM','SIGINT','SIGHUP']) process.on(s,()=>{}); setInterval(()=>{},1000)"

function fork(detached: boolean): number {
  const child = spawn(process.execPath, ['-e', STUBBORN], { detached, stdio: 'ignore' })
  child.unref()
  return child.pid ?? 0
}

/** As package runners do, it starts others: one in its own group, one in its own session. All of them ignore SIGTERM. */
const children = [fork(false), fork(true)]
if (hasFlag('stubborn')) process.on('SIGTERM', () => {})

serve({
  name: 'forking',
  eras: 'legacy',
  tools: () => [tool('children', () => textResult(JSON.stringify([process.pid, ...children])))],
})
