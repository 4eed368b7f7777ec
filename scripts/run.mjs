import { spawn } from 'node:child_process'

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program to its end and resolves with its exit code, or with the signal that ended it. Signals that reach us
 * are passed on, but for SIGINT at a terminal, which sends it to the whole group itself.
 */
export function run(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options })
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, forward)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const each of SIGNALS) process.removeListener(each, forward)
      resolve({ code, signal })
    })
  })
}

/** Ends as the child ended. */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}
