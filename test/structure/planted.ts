import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A small project with only what was planted in it. */
export interface PlantedProject extends Disposable {
  readonly path: string
  plant(files: Readonly<Record<string, string>>): void
  /** Runs one of the project’s own checks over it. */
  check(name: string): { readonly status: number | null; readonly output: string }
  /** Runs a tool of the project in it. */
  tool(program: string, args: readonly string[]): { readonly status: number | null; readonly output: string }
}

export function createPlantedProject(): PlantedProject {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-planted-'))
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'))
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', '.oxlintrc.json']) cpSync(join(ROOT, name), join(path, name))
  const run = (args: readonly string[]): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: path, encoding: 'utf8', timeout: 60_000 })
    return { status, output: stdout + stderr }
  }
  return {
    path,
    plant(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true })
        writeFileSync(join(path, name), text)
      }
    },
    check: (name) => run([join(ROOT, 'scripts', `check-${name}.mjs`), '--root', path]),
    tool: (program, args) => run([join(ROOT, 'node_modules', program), ...args]),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
