import { join, resolve } from 'node:path'
import type { ConfigSource, LoadConfigOptions } from './loaded-config.ts'

/** `--data`, `$TRUNKLINE_DATA`, the home folder. Known before the document is read, since the overlay lies in it. */
export function findDataDirectory(options: LoadConfigOptions): { readonly path: string; readonly source: ConfigSource } {
  const absolute = (written: string): string => resolve(options.cwd, written.replace(/^~(?=\/|$)/, options.homeDirectory))
  if (options.flags.data !== undefined) return { path: absolute(options.flags.data), source: 'flag' }
  const variable = options.environment['TRUNKLINE_DATA']
  if (variable !== undefined && variable !== '') return { path: absolute(variable), source: 'environment' }
  return { path: join(options.homeDirectory, '.local', 'share', 'trunkline'), source: 'default' }
}
