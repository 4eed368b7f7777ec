import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Grammar, Message, NativeTool, Remark, ToolChoice, ToolDefinition } from '../canonical/request.ts'

/** Offered by clients whether it is there or not; an answer without it is only not as good. */
const EXPENDABLE = /^web_search/

/** What custom tools are for dialects that have only functions. */
const FREE_TEXT: JsonObject = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false }

export interface ReadTools {
  readonly tools: ToolDefinition[]
  readonly nativeTools: NativeTool[]
}

/** The group that a tool is in. */
interface Group {
  readonly namespace: string
  readonly groupDescription?: Remark
}

const isDeferred = (fields: Fields): { readonly isDeferred?: true } => (fields.boolean('defer_loading') === true ? { isDeferred: true } : {})

function readFunction(fields: Fields, group: Group | undefined): ToolDefinition {
  fields.get('type')
  const name = fields.string('name') ?? ''
  const description = fields.string('description')
  const inputSchema = fields.object('parameters') ?? { type: 'object', properties: {} }
  const strict = fields.boolean('strict')
  return { name, description, inputSchema, ...(strict === undefined ? {} : { strict }), ...group, ...isDeferred(fields), ...fields.source }
}

/** `{"type":"grammar","syntax":"lark","definition":"…"}`; any text is what a custom tool takes anyway. */
function readGrammar(fields: Fields): Grammar | undefined {
  const value = fields.peek('format')
  const { type, syntax, definition, ...unknown } = isJsonObject(value) ? value : {}
  const isRead = Object.keys(unknown).length === 0
  if (type === 'text' && isRead) fields.get('format')
  if (type !== 'grammar' || typeof syntax !== 'string' || typeof definition !== 'string') return undefined
  if (isRead) fields.get('format')
  return { syntax, definition }
}

function readCustom(fields: Fields, group: Group | undefined): ToolDefinition {
  fields.get('type')
  const name = fields.string('name') ?? ''
  const description = fields.string('description')
  const grammar = readGrammar(fields)
  return { name, description, inputSchema: FREE_TEXT, isCustom: true, ...(grammar ? { grammar } : {}), ...group, ...isDeferred(fields), ...fields.source }
}

function readTool(value: JsonValue, path: string, found: ReadTools, group?: Group): void {
  const tool = isJsonObject(value) ? value : {}
  const type = typeof tool['type'] === 'string' ? tool['type'] : 'unknown'
  const fields = new Fields(tool, path)
  if (type === 'function' && typeof tool['name'] === 'string') found.tools.push(readFunction(fields, group))
  else if (type === 'custom' && typeof tool['name'] === 'string') found.tools.push(readCustom(fields, group))
  else if (type === 'namespace' && typeof tool['name'] === 'string') readNamespace(tool, tool['name'], path, found)
  else found.nativeTools.push({ type, value, path, ...(EXPENDABLE.test(type) ? { isExpendable: true } : {}) })
}

/** What is not known of the group goes with its first tool. */
function readNamespace(group: JsonObject, name: string, path: string, found: ReadTools): void {
  const { type: _type, name: _name, description, tools, ...extras } = group
  const first = found.tools.length
  const said = typeof description === 'string' && description !== '' ? { groupDescription: { text: description, path: `${path}/description` } } : {}
  readTools(tools, `${path}/tools`, found, { namespace: name, ...said })
  const tool = found.tools[first]
  if (tool && Object.keys(extras).length > 0) found.tools[first] = { ...tool, extras: { ...extras, ...tool.extras } }
}

export function readTools(value: JsonValue | undefined, path: string, found: ReadTools, group?: Group): void {
  if (!Array.isArray(value)) return
  for (const [index, tool] of value.entries()) readTool(tool as JsonValue, `${path}/${index}`, found, group)
}

/**
 * Tools that stand among the items, as Codex writes them for models that it knows. What of such an item is no tool comes back
 * as a message that says nothing.
 */
export function readItemTools(items: readonly JsonValue[], base: string, found: ReadTools): readonly Message[] {
  return items.flatMap((item, index): readonly Message[] => {
    if (!isJsonObject(item) || (item['type'] !== 'additional_tools' && item['type'] !== 'tool_search_output')) return []
    const path = `${base}/${index}`
    const fields = new Fields(item, path)
    const first = found.tools.length
    readTools(fields.get('tools'), `${path}/tools`, found)
    if (item['type'] === 'tool_search_output') {
      // What was found is deferred no more; the item itself is named as the native block that it is.
      for (const { isDeferred: _isDeferred, ...tool } of found.tools.splice(first)) found.tools.push(tool)
      return []
    }
    for (const key of ['type', 'role', 'id']) fields.get(key)
    const { source } = fields
    return source.extras || source.inner ? [{ role: 'user', blocks: [], ...source }] : []
  })
}

const REFERENCE = new Set(['type', 'name', 'namespace', 'server_label'])

const nameOf = (tool: JsonValue): string | undefined => {
  const { name, type } = isJsonObject(tool) ? tool : {}
  return typeof name === 'string' ? name : typeof type === 'string' ? type : undefined
}

/** Only some of the tools may be used: the others are marked, and those that the provider runs itself are not offered. */
function keepAllowed(choice: Fields, found: ReadTools): void {
  const allowed = choice.peek('tools')
  if (!Array.isArray(allowed)) return
  const names = new Set(allowed.map(nameOf))
  for (const [index, tool] of found.tools.entries()) if (!names.has(tool.name)) found.tools[index] = { ...tool, isWithheld: true }
  for (const [index, tool] of found.nativeTools.entries()) if (!names.has(nameOf(tool.value))) found.nativeTools[index] = { ...tool, isWithheld: true }
  if (allowed.every((tool: JsonValue) => isJsonObject(tool) && Object.keys(tool).every((key) => REFERENCE.has(key)))) choice.get('tools')
}

/** What the client says about using tools. A choice that forces a tool of its own provider is kept as one that cannot be left out. */
export function decodeChoice(request: Fields, found: ReadTools): ToolChoice | undefined {
  const value = request.peek('tool_choice')
  const fields = request.within('tool_choice')
  if (!fields) {
    request.get('tool_choice')
    if (value === 'auto' || value === 'none') return { kind: value }
    return value === 'required' ? { kind: 'any' } : undefined
  }
  const type = fields.string('type') ?? 'unknown'
  const name = fields.string('name')
  if (type === 'allowed_tools') {
    keepAllowed(fields, found)
    return { kind: fields.get('mode') === 'required' ? 'any' : 'auto' }
  }
  if ((type === 'function' || type === 'custom') && name !== undefined) return { kind: 'tool', name }
  found.nativeTools.push({ type, value: value ?? null, path: '/tool_choice' })
  return undefined
}
