import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning } from './loaded-config.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { readDocument } from './read-document.ts'

export const overlayPath = (dataDirectory: string): string => join(dataDirectory, 'runtime.yaml')

const HEAD = '# Switches made while Trunkline runs. They win over the configuration document; remove this file to forget them.\n'

function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Writes an overlay so that a crash or a loss of power leaves the old one or the new one, and the new one once it returns. */
export function writeOverlay(dataDirectory: string, values: JsonObject, now: Date): void {
  const file = overlayPath(dataDirectory)
  const text = `${HEAD}version: 1\nupdatedAt: ${JSON.stringify(now.toISOString())}\nvalues: ${JSON.stringify(values, null, 2)}\n`
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  syncPath(`${file}.new`)
  renameSync(`${file}.new`, file)
  // Windows has no handles of folders to sync.
  if (process.platform !== 'win32') syncPath(dirname(file))
}

export interface Overlay {
  readonly layer: ConfigLayer | undefined
  readonly warnings: readonly ConfigWarning[]
}

function setAside(file: string, dataDirectory: string, reason: string, isReadOnly: boolean): Overlay {
  const now = new Date()
  const aside = `${file}.corrupt-${now.toISOString().replaceAll(/[:.]/g, '-')}`
  const place = { file, line: 0, column: 0 }
  if (isReadOnly) return { layer: undefined, warnings: [{ ...place, message: `The overlay cannot be used (${reason}); the next start keeps it aside and begins a new one.` }] }
  try {
    renameSync(file, aside)
    writeOverlay(dataDirectory, {}, now)
    return { layer: undefined, warnings: [{ ...place, message: `The overlay could not be used (${reason}); it was kept as ${aside} and a new one begun.` }] }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return { layer: undefined, warnings: [{ ...place, message: `The overlay could not be used (${reason}) nor set aside (${code}); its switches have no effect.` }] }
  }
}

function problemOf(document: ParsedDocument): string | undefined {
  if (!isJsonObject(document.value)) return 'it is no map'
  if (document.value['version'] !== 1) return 'its version is not 1'
  return isJsonObject(document.value['values']) ? undefined : 'it has no values'
}

/** Switches that are not in the file yet, as a layer that says where they would be. */
export function overlayLayer(dataDirectory: string, values: JsonObject): ConfigLayer {
  const file = overlayPath(dataDirectory)
  return { source: 'overlay', value: values, written: values, place: () => ({ file, line: 0, column: 0 }) }
}

/** The switches in `runtime.yaml`. Their texts are taken as they are: they may come from an API, so `${…}` means nothing here; of servers it may later (`resolveReferences`). */
export function readOverlay(dataDirectory: string, isReadOnly: boolean): Overlay {
  const file = overlayPath(dataDirectory)
  if (!existsSync(file)) return { layer: undefined, warnings: [] }
  let document: ParsedDocument
  try {
    document = readDocument(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return setAside(file, dataDirectory, error.issues[0]?.message ?? 'unreadable', isReadOnly)
  }
  const problem = problemOf(document)
  if (problem !== undefined) return setAside(file, dataDirectory, problem, isReadOnly)
  const values = (document.value as { values: JsonValue }).values as JsonObject
  return {
    layer: { source: 'overlay', value: values, written: values, place: (path, part) => ({ file, ...document.locate(['values', ...path], part) }) },
    warnings: [],
  }
}
