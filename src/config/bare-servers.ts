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

/** Members by which a client’s file is known, and members of it that are called like sections of ours. */
const CLIENTS: readonly { readonly marks: readonly string[]; readonly own: readonly string[] }[] = [
  // Gemini CLI’s settings, old and new.
  { marks: ['security', 'general', 'ui', 'privacy', 'tools', 'context', 'ide', 'theme', 'selectedAuthType', 'contextFileName'], own: ['telemetry', 'mcp', 'model'] },
  { marks: ['serverDefaults', 'templateSettings', 'instructionTemplates', 'activeInstructionTemplate', 'publishedInstructionTemplates'], own: ['mcpTemplates'] },
]

/** Roots that no document of ours could mean. */
const FOREIGN_ROOTS: ReadonlySet<string> = new Set(['mcp_servers', 'context_servers'])

export interface BareServers {
  readonly root: string
  readonly value: JsonObject
  /** Where each of our server names was written, since a name may have had to change. */
  readonly writtenNames: ReadonlyMap<string, string>
  readonly warnings: readonly ConfigWarning[]
}

/**
 * The name of the member that holds servers when the document is some client’s own file, else undefined. A document
 * with our version or with a section of ours is ours, and so is one with a section of ours misspelt.
 */
export function bareRoot(value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return undefined
  const root = SERVER_ROOTS.find((key) => isJsonObject(value[key]))
  // 1MCP writes a version, too, but as a text.
  if (root === undefined || (typeof value['version'] === 'number' && root === 'mcpServers')) return undefined
  if (FOREIGN_ROOTS.has(root)) return root
  const foreign = CLIENTS.filter(({ marks }) => marks.some((mark) => Object.hasOwn(value, mark))).flatMap(({ own }) => own)
  const others = Object.keys(value).filter((key) => key !== root && !key.startsWith('x-') && !SILENT.has(key) && !foreign.includes(key))
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

/** What 1MCP says once for all servers: variables are joined, anything else is replaced. */
const DEFAULTS = 'serverDefaults'
/** 1MCP’s servers whose texts hold values of the client. */
const TEMPLATES = 'mcpTemplates'

function withDefaults(defaults: JsonObject, entry: JsonObject): JsonObject {
  const both = isJsonObject(defaults['env']) && isJsonObject(entry['env']) ? { env: { ...defaults['env'], ...entry['env'] } } : {}
  return { ...defaults, ...entry, ...both }
}

/** Reads a client’s file as it is. What only that client understands is left out with a warning. */
export function adaptBareServers(document: ParsedDocument, root: string): BareServers {
  const source = document.value as JsonObject
  const entries = source[root] as JsonObject
  const defaults = isJsonObject(source[DEFAULTS]) ? source[DEFAULTS] : {}
  const warnings: ConfigWarning[] = []
  const warn = (path: ConfigPath, message: string): void => {
    warnings.push({ file: document.file, ...document.locate(path, 'key'), message })
  }
  const ignored = Object.keys(source).filter((key) => key !== root && key !== DEFAULTS && key !== TEMPLATES && !SILENT.has(key) && !key.startsWith('x-'))
  for (const key of ignored.slice(0, 5)) warn([key], `\`${key}\` has no meaning here and is ignored.`)
  const writtenNames = new Map<string, string>()

  function adapt(section: string, [name, entry]: readonly [string, JsonValue | undefined]): readonly [string, JsonValue] {
    const id = usableName(name, writtenNames)
    if (id !== name) warn([section, name], `The server \`${name}\` is called \`${id}\` here, because names are parts of addresses.`)
    writtenNames.set(id, name)
    const { value, ignored: unused } = translateClientEntry(isJsonObject(entry) ? withDefaults(defaults, entry) : (entry ?? null))
    for (const key of unused) warn(Object.hasOwn(entry as JsonObject, key) ? [section, name, key] : [DEFAULTS, key], `\`${key}\` of server \`${name}\` has no meaning here and is ignored.`)
    return [id, value]
  }

  const templates = isJsonObject(source[TEMPLATES]) ? source[TEMPLATES] : {}
  const servers: Record<string, JsonValue> = {}
  for (const [name, entry] of Object.entries(entries)) {
    if (Object.hasOwn(templates, name)) {
      warn([root, name], `\`${name}\` is a server and a template; the template is used.`)
      continue
    }
    const [id, value] = adapt(root, [name, entry])
    servers[id] = value
  }
  const mcpTemplates = Object.fromEntries(Object.entries(templates).map((written) => adapt(TEMPLATES, written)))
  return { root, value: { mcpServers: servers, ...(Object.keys(mcpTemplates).length === 0 ? {} : { mcpTemplates }) }, writtenNames, warnings }
}
