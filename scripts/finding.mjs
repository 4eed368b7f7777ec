import { resolve } from 'node:path'
import { ROOT } from './set-up.mjs'

/** The project to check: this one, or the folder after `--root`, which is how the checks themselves are tested. */
export function rootToCheck() {
  const at = process.argv.indexOf('--root')
  return at < 0 ? ROOT : resolve(process.argv[at + 1])
}

/** Prints findings as `file:line rule message`, then what was counted, and sets the exit code. */
export function report(findings, counted) {
  for (const { place, rule, message } of findings) process.stdout.write(`${place} ${rule}: ${message}\n`)
  process.stdout.write(`${findings.length} findings, ${counted}\n`)
  if (findings.length > 0) process.exitCode = 1
}
