import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNALS } from './run.mjs'

/** Longer than any start takes; a build without a cache is a build all the same. */
const PATIENCE_MS = 15_000
/** After it listens it starts its servers, and what that takes is kept too. */
const SERVERS_MS = 500

const CONFIGURATION = { version: 1, mcpServers: { demo: { builtin: 'demo' }, program: { command: process.execPath, args: ['-e', ''] } } }

function listening(child) {
  return new Promise((resolve) => {
    let said = ''
    const look = (chunk) => {
      said += chunk
      if (/https?:\/\/127\.0\.0\.1/.test(said)) resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', resolve)
    child.once('error', resolve)
  })
}

/**
 * Starts the built gateway once and ends it, so that what V8 compiles is in `dist/.compile-cache` before the first start that
 * somebody waits for. Docs: docs/adr/0004.
 */
export async function fillCompileCache(node, root) {
  const home = mkdtempSync(join(tmpdir(), 'trunkline-build-'))
  let child
  let caught
  /** Whoever ends the build ends the gateway that it started, too. */
  const forward = (signal) => {
    caught = signal
    child?.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, forward)
  try {
    const config = join(home, 'trunkline.json')
    writeFileSync(config, JSON.stringify(CONFIGURATION))
    const args = [join(root, 'bin', 'trunkline.mjs'), 'serve', '--next-steps', '--config', config, '--data', join(home, 'data'), '--port', '0']
    child = spawn(node, args, { cwd: home, env: { HOME: home, PATH: process.env.PATH ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'close').catch(() => {})
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    await listening(child)
    if (child.exitCode === null) await Promise.race([ended, sleep(SERVERS_MS)])
    child.kill('SIGTERM')
    await ended
    clearTimeout(timer)
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, forward)
    rmSync(home, { recursive: true, force: true })
  }
  if (caught) process.kill(process.pid, caught)
}
