import { dirname } from 'node:path'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { adaptBareServers, bareRoot } from './bare-servers.ts'
import { ConfigError } from './config-error.ts'
import { interpolate, type Unresolved } from './interpolate.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning, LoadConfigOptions, LoadedConfig } from './loaded-config.ts'
import type { ParsedDocument } from './parsed-document.ts'
import type { ConfigPath } from './position.ts'
import { readDocument } from './read-document.ts'
import { stripExtensions } from './strip-extensions.ts'

export interface DocumentLayer {
  readonly layer: ConfigLayer
  readonly format: LoadedConfig['format']
  readonly unresolved: readonly Unresolved[]
  /** Files that `${file:…}` named. */
  readonly files: readonly string[]
  readonly warnings: readonly ConfigWarning[]
}

interface Written {
  readonly value: JsonObject
  readonly format: LoadedConfig['format']
  readonly warnings: readonly ConfigWarning[]
  /** From our path to the path in the file. */
  toWritten(path: ConfigPath): ConfigPath
}

/** `providers:` with nothing behind it means the same as no such line. */
function withoutEmptySections(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
}

function readWritten(document: ParsedDocument): Written {
  const root = bareRoot(document.value)
  if (root !== undefined) {
    const bare = adaptBareServers(document, root)
    const toWritten = ([section, id, ...rest]: ConfigPath): ConfigPath =>
      section === 'mcpServers' || section === 'mcpTemplates'
        ? [section === 'mcpServers' ? root : section, ...(id === undefined ? [] : [bare.writtenNames.get(String(id)) ?? id]), ...rest]
        : []
    return { value: bare.value, format: 'mcpServers', warnings: bare.warnings, toWritten }
  }
  const value: JsonValue = document.value ?? {}
  if (!isJsonObject(value)) {
    throw new ConfigError([{ file: document.file, ...document.locate([], 'value'), message: 'Expected a map of sections such as `mcpServers` and `providers`.' }])
  }
  return { value: withoutEmptySections(stripExtensions(value) as JsonObject), format: 'trunkline', warnings: [], toWritten: (path) => path }
}

/** The operator’s document: ours, or a client’s own file taken as it is. Throws `ConfigError` when it cannot be read. */
export function readDocumentLayer(file: string, options: LoadConfigOptions): DocumentLayer {
  const document = readDocument(file)
  const { value, format, warnings, toWritten } = readWritten(document)
  const isBare = format === 'mcpServers'
  const done = interpolate(value, {
    environment: options.environment,
    directory: dirname(file),
    homeDirectory: options.homeDirectory,
    clientForms: isBare ? { workspaceFolder: options.cwd, userHome: options.homeDirectory } : {},
    bareDollar: isBare,
  })
  const layer: ConfigLayer = {
    source: 'document',
    value: done.value as JsonObject,
    written: value,
    place: (path, part) => ({ file, ...document.locate(toWritten(path), part) }),
  }
  return { layer, format, unresolved: done.unresolved, files: done.files, warnings }
}
