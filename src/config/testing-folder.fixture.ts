import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
