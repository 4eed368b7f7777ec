import type { McpEra } from '../../domain/mcp-server.ts'
import { isJsonObject } from '../../lib/json.ts'
import { editMembers, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, ServerCatalog } from './catalog.ts'
import { LIST_METHODS } from './fetch-list.ts'
import { runsTasks } from './merge-capabilities.ts'
import { readHeaderParams, stripHeaderParams } from './tool-header-params.ts'

type Changes = Record<string, JsonText | undefined>

/** The `_meta` of a tool with its UI resource under the URI that clients see. Both spellings are in use. */
export function exposeUiResource(meta: JsonText, expose: (uri: string) => string): JsonText {
  const edit = (object: JsonText, key: string): JsonText => {
    const text = readMember(object, key)
    const uri = text === undefined ? undefined : parseJsonText(text)
    if (typeof uri !== 'string' || expose(uri) === uri) return object
    return editMembers(object, { [key]: toJsonText(expose(uri)) })
  }
  const flat = edit(meta, 'ui/resourceUri')
  const ui = readMember(flat, 'ui')
  if (ui === undefined) return flat
  const edited = edit(ui, 'resourceUri')
  return edited === ui ? flat : editMembers(flat, { ui: edited })
}

/** Whether a tool's `structuredContent` may be something else than an object, which legacy clients cannot take. */
export function hasOpenOutput(definition: JsonText): boolean {
  if (!definition.includes('"outputSchema"')) return false
  const schema = readMember(definition, 'outputSchema')
  if (schema === undefined) return false
  const parsed = parseJsonText(schema)
  return !isJsonObject(parsed) || parsed['type'] !== 'object'
}

function legacyOutput(definition: JsonText): Changes {
  const schema = readMember(definition, 'outputSchema')
  if (schema === undefined || !hasOpenOutput(definition)) return {}
  return { outputSchema: `{"type":"object","properties":{"result":${schema}},"required":["result"]}` as JsonText }
}

/** A modern server decides by itself what becomes a task, so a legacy client may ask for one with every tool. */
function legacyTool(definition: JsonText, server: ServerCatalog): Changes {
  return { ...legacyOutput(definition), ...(runsTasks(server) ? { execution: toJsonText({ taskSupport: 'optional' }) } : {}) }
}

function modernTool(definition: JsonText): Changes {
  const changes: Changes = {}
  if (definition.includes('"execution"')) changes['execution'] = undefined
  const schema = readMember(definition, 'inputSchema')
  if (schema !== undefined && readHeaderParams(definition).kind === 'invalid') {
    changes['inputSchema'] = toJsonText(stripHeaderParams(parseJsonText(schema)))
  }
  return changes
}

/** The definition as a client of the era sees it: the server's own text but for the name and what the era cannot express. */
export function renderEntry(entry: CatalogEntry, server: ServerCatalog, era: McpEra, expose: ((uri: string) => string) | undefined): JsonText {
  // A URI inside of it is exposed anew in every view.
  if (entry.kind !== 'tool' || entry.definition.includes('esourceUri"')) return writeEntry(entry, server, era, expose)
  let texts = rendered.get(entry)
  if (!texts) rendered.set(entry, (texts = {}))
  return (texts[era] ??= writeEntry(entry, server, era, undefined))
}

/** An entry is made anew when its server's facts change, so its text never is out of date. */
const rendered = new WeakMap<CatalogEntry, { [era in McpEra]?: JsonText }>()

function writeEntry(entry: CatalogEntry, server: ServerCatalog, era: McpEra, expose: ((uri: string) => string) | undefined): JsonText {
  const { definition, exposedName, upstreamName, kind } = entry
  const changes: Changes = {}
  if (exposedName !== upstreamName) changes[LIST_METHODS[kind].key] = toJsonText(exposedName)
  if (kind === 'tool') {
    if (era === 'modern') Object.assign(changes, modernTool(definition))
    else if (server.facts.era === 'modern') Object.assign(changes, legacyTool(definition, server))
    if (expose && definition.includes('esourceUri"')) {
      const meta = readMember(definition, '_meta')
      if (meta !== undefined) changes['_meta'] = exposeUiResource(meta, expose)
    }
  }
  return Object.keys(changes).length === 0 ? definition : editMembers(definition, changes)
}
