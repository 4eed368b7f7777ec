import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LoadConfigOptions } from './loaded-config.ts'

const NAMES = ['trunkline.yaml', 'trunkline.yml', 'trunkline.json', 'trunkline.jsonc'] as const

export interface DocumentSearch {
  readonly file: string | undefined
  /** Where a document may appear later and would be taken. */
  readonly candidates: readonly string[]
}

/** `--config`, `$TRUNKLINE_CONFIG`, the working folder, the home folder. The first two are taken even when the file is missing: that is an error to report. */
export function findDocument(options: LoadConfigOptions): DocumentSearch {
  if (options.withoutDocument === true) return { file: undefined, candidates: [] }
  const asked = options.explicitPath ?? options.environment['TRUNKLINE_CONFIG']
  if (asked !== undefined && asked !== '') {
    const file = resolve(options.cwd, asked)
    return { file, candidates: [file] }
  }
  const folders = [options.cwd, join(options.homeDirectory, '.config', 'trunkline')]
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  return { file: candidates.find((candidate) => existsSync(candidate)), candidates }
}
