import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import type { LoadConfigOptions } from './loaded-config.ts'

/** A folder of its own with a home in it, gone at the end. */
export interface TestingFolder extends Disposable {
  readonly path: string
  write(name: string, text: string): string
  options(more?: Partial<LoadConfigOptions>): LoadConfigOptions
}

export function createTestingFolder(): TestingFolder {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-config-'))
  return {
    path,
    write(name, text) {
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    options: (more = {}) => ({ cwd: path, homeDirectory: join(path, 'home'), environment: {}, flags: {}, ...more }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** `3:9 message (hint)` of every issue, in order. */
export function issuesOf(options: LoadConfigOptions): readonly string[] {
  try {
    loadConfig(options)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? '' : ` (${hint})`}`)
  }
  throw new Error('Expected the configuration to be refused.')
}
