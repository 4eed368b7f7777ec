import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Grammar, NativeTool, ToolChoice, ToolDefinition } from '../canonical/request.ts'

/** What a dialect without custom tools shows its model instead. */
const FREE_TEXT = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false }

/** `{"type":"grammar","grammar":{"syntax":"lark","definition":"…"}}`; any text is what a custom tool takes anyway. */
function readGrammar(tool: Fields): Grammar | undefined {
  const format = tool.peek('format')
  const { type, grammar, ...unknown } = isJsonObject(format) ? format : {}
  const { syntax, definition, ...unread } = isJsonObject(grammar) ? grammar : {}
  const isRead = Object.keys({ ...unknown, ...unread }).length === 0
  if (type === 'text' && isRead) tool.get('format')
  if (type !== 'grammar' || typeof syntax !== 'string' || typeof definition !== 'string') return undefined
  if (isRead) tool.get('format')
  return { syntax, definition }
}

function decodeCustom(wrapper: JsonObject, path: string): ToolDefinition | undefined {
  const fields = new Fields(wrapper, path)
  const inner = fields.within('custom')
  const name = inner?.string('name')
  if (!inner || name === undefined) return undefined
  fields.get('type')
  const description = inner.string('description')
  const grammar = readGrammar(inner)
  const extras = { ...inner.extras, ...fields.extras }
  return { name, description, inputSchema: FREE_TEXT, isCustom: true, ...(grammar ? { grammar } : {}), path: inner.path, ...(Object.keys(extras).length > 0 ? { extras } : {}) }
}

function decodeTool(value: JsonValue, path: string, tools: ToolDefinition[], native: NativeTool[]): void {
  const wrapper = isJsonObject(value) ? value : {}
  const custom = wrapper['type'] === 'custom' ? decodeCustom(wrapper, path) : undefined
  if (custom) return void tools.push(custom)
  const inner = wrapper['type'] === 'function' || wrapper['type'] === undefined ? (wrapper['function'] ?? wrapper) : undefined
  if (!isJsonObject(inner) || typeof inner['name'] !== 'string') {
    const { type } = wrapper
    native.push({ type: typeof type === 'string' ? type : 'unknown', value, path })
    return
  }
  const fields = new Fields(inner, inner === wrapper ? path : `${path}/function`)
  const name = fields.string('name') ?? ''
  const description = fields.string('description')
  const inputSchema = fields.object('parameters') ?? { type: 'object', properties: {} }
  const strict = fields.boolean('strict')
  fields.get('type')
  const outer = inner === wrapper ? {} : Object.fromEntries(Object.entries(wrapper).filter(([key]) => key !== 'type' && key !== 'function'))
  const { extras = {}, path: at } = { extras: fields.extras, path: fields.path }
  const all = { ...extras, ...outer }
  tools.push({ name, description, inputSchema, ...(strict === undefined ? {} : { strict }), path: at, ...(Object.keys(all).length > 0 ? { extras: all } : {}) })
}

const nameOf = (tool: JsonValue | undefined): string | undefined => {
  if (!isJsonObject(tool)) return undefined
  const { name } = [tool['function'], tool['custom'], tool].find((inner) => isJsonObject(inner)) as JsonObject
  return typeof name === 'string' ? name : undefined
}

/** `{"type":"function","function":{"name":"f"}}`: it says which, and nothing more. */
const isReference = (tool: JsonValue): boolean => {
  if (!isJsonObject(tool)) return false
  const { type: _type, ...rest } = tool
  return Object.values(rest).every((inner) => typeof inner === 'string' || (isJsonObject(inner) && Object.keys(inner).every((key) => key === 'name'))) && Object.keys(rest).length === 1
}

/** Read only where it says nothing but a name; otherwise it stays one of the extras. */
function readName(choice: Fields): string | undefined {
  for (const kind of ['function', 'custom'] as const) {
    const target = choice.peek(kind)
    if (!isJsonObject(target)) continue
    if (Object.keys(target).every((key) => key === 'name')) choice.get(kind)
    return nameOf(target)
  }
  return choice.string('name')
}

interface ReadChoice {
  readonly choice: ToolChoice | undefined
  /** Only some of the tools may be used: the others are not offered then. */
  readonly allowed?: ReadonlySet<string | undefined>
}

function readChoice(fields: Fields): ReadChoice {
  const key = fields.peek('tool_choice') === undefined ? 'function_call' : 'tool_choice'
  const choice = fields.within(key)
  if (!choice) {
    const value = fields.get(key)
    if (value === 'auto' || value === 'none') return { choice: { kind: value } }
    return { choice: value === 'required' ? { kind: 'any' } : undefined }
  }
  const type = choice.get('type')
  const set = choice.peek('allowed_tools')
  if (type !== 'allowed_tools' || !isJsonObject(set)) {
    const name = readName(choice)
    return { choice: name === undefined ? undefined : { kind: 'tool', name } }
  }
  const { mode, tools, ...more } = set
  if (Object.keys(more).length === 0 && (!Array.isArray(tools) || tools.every(isReference))) choice.get('allowed_tools')
  return { choice: { kind: mode === 'required' ? 'any' : 'auto' }, ...(Array.isArray(tools) ? { allowed: new Set(tools.map(nameOf)) } : {}) }
}

/** The tools that are offered, and what the client says about using them. */
export function decodeTools(fields: Fields): { readonly tools: readonly ToolDefinition[]; readonly nativeTools: readonly NativeTool[]; readonly toolChoice: ToolChoice | undefined } {
  const tools: ToolDefinition[] = []
  const nativeTools: NativeTool[] = []
  for (const key of ['tools', 'functions']) {
    for (const [index, tool] of (fields.list(key) ?? []).entries()) decodeTool(tool, `/${key}/${index}`, tools, nativeTools)
  }
  const { choice, allowed } = readChoice(fields)
  return { tools: allowed ? tools.map((tool) => (allowed.has(tool.name) ? tool : { ...tool, isWithheld: true })) : tools, nativeTools, toolChoice: choice }
}
