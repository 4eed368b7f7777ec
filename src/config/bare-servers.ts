import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { ROOT_KEYS } from './document-schema.ts'
import type { ConfigWarning } from './loaded-config.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import type { ParsedDocument } from './parsed-document.ts'
import type { ConfigPath } from './position.ts'
import { translateClientEntry } from './translate-client-entry.ts'

/** Where clients keep their servers: Claude, Cursor, Windsurf, mcpo and 1MCP · VS Code · Codex · Zed. */
const SERVER_ROOTS = ['mcpServers', 'servers', 'mcp_servers', 'context_servers'] as const

/** Other members of such files that have nothing to do with servers; nobody needs to hear about them. */
const SILENT: ReadonlySet<string> = new Set(['$schema', 'inputs', 'version'])

export interface BareServers {
  readonly root: string
  readonly value: JsonObject
  /** Where each of our server names was written, since a name may have had to change. */
  readonly writtenNames: ReadonlyMap<string, string>
  readonly warnings: readonly ConfigWarning[]
}

/**
 * The name of the member that holds servers when the document is some client’s own file, else undefined. A document
 * with a version or with a section of ours is ours, and so is one with a section of ours misspelt.
 */
export function bareRoot(value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return undefined
  const root = SERVER_ROOTS.find((key) => isJsonObject(value[key]))
  if (root === undefined || (Object.hasOwn(value, 'version') && root === 'mcpServers')) return undefined
  const others = Object.keys(value).filter((key) => key !== root && !key.startsWith('x-') && !SILENT.has(key))
  const ours = ROOT_KEYS.filter((key) => key !== 'mcpServers' && !SILENT.has(key))
  return others.some((key) => nearestWord(key, ours) !== undefined) ? undefined : root
}

/** Names become path segments, so what a path cannot carry plainly becomes `-`. */
function usableName(name: string, taken: ReadonlyMap<string, string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 60) || 'server'
  let usable = plain
  for (let count = 2; taken.has(usable); count++) usable = `${plain}-${count}`
  return usable
}

/** Reads a client’s file as it is. What only that client understands is left out with a warning. */
export function adaptBareServers(document: ParsedDocument, root: string): BareServers {
  const source = document.value as JsonObject
  const entries = source[root] as JsonObject
  const warnings: ConfigWarning[] = []
  const warn = (path: ConfigPath, message: string): void => {
    warnings.push({ file: document.file, ...document.locate(path, 'key'), message })
  }
  const ignored = Object.keys(source).filter((key) => key !== root && !SILENT.has(key) && !key.startsWith('x-'))
  for (const key of ignored.slice(0, 5)) warn([key], `\`${key}\` has no meaning here and is ignored.`)
  const servers: Record<string, JsonValue> = {}
  const writtenNames = new Map<string, string>()
  for (const [name, entry] of Object.entries(entries)) {
    const id = usableName(name, writtenNames)
    if (id !== name) warn([root, name], `The server \`${name}\` is called \`${id}\` here, because names are parts of addresses.`)
    writtenNames.set(id, name)
    const { value, ignored: unused } = translateClientEntry(entry ?? null)
    for (const key of unused) warn([root, name, key], `\`${key}\` of server \`${name}\` has no meaning here and is ignored.`)
    servers[id] = value
  }
  return { root, value: { mcpServers: servers }, writtenNames, warnings }
}
