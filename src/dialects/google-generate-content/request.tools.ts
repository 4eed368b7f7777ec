import { isJsonObject } from '../../lib/json.ts'
import type { NativeTool, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import { ProtoFields, type Repeated } from './proto-fields.ts'
import { toJsonSchema } from './json-schema.ts'

function decodeFunction({ value, path }: Repeated): ToolDefinition | undefined {
  const fields = new ProtoFields(isJsonObject(value) ? value : {}, path)
  const name = fields.string('name')
  if (name === undefined) return undefined
  const description = fields.string('description')
  const schema = fields.object('parametersJsonSchema') ?? fields.object('parameters')
  return { name, description, inputSchema: schema ? toJsonSchema(schema) : { type: 'object', properties: {} }, ...fields.source }
}

/** One entry holds any number of functions, and tools of Google's own beside them: `{"googleSearch":{}}`. */
export function decodeTools(list: readonly Repeated[]): { readonly tools: readonly ToolDefinition[]; readonly nativeTools: readonly NativeTool[] } {
  const tools: ToolDefinition[] = []
  const nativeTools: NativeTool[] = []
  for (const { value, path } of list) {
    if (!isJsonObject(value)) {
      nativeTools.push({ type: 'unknown', value, path })
      continue
    }
    const fields = new ProtoFields(value, path)
    for (const declaration of fields.repeated('functionDeclarations') ?? []) {
      const tool = decodeFunction(declaration)
      if (tool) tools.push(tool)
      else nativeTools.push({ type: 'unknown', value: { functionDeclarations: [declaration.value] }, path: declaration.path })
    }
    for (const [type, inner] of Object.entries(fields.source.extras ?? {})) {
      if (inner !== undefined) nativeTools.push({ type, value: { [type]: inner }, path: `${path}/${type}` })
    }
  }
  return { tools, nativeTools }
}

/** `VALIDATED` leaves it to the model as well, and holds its calls to their schemas, which is up to the provider anywhere else. */
const CHOICES: ReadonlyMap<unknown, ToolChoice> = new Map([['AUTO', { kind: 'auto' }], ['VALIDATED', { kind: 'auto' }], ['ANY', { kind: 'any' }], ['NONE', { kind: 'none' }]])

/** Other modes cannot be said elsewhere; they stay unread and so are told as lost. */
export function decodeChoice(config: ProtoFields | undefined): ToolChoice | undefined {
  const choice = CHOICES.get(config?.peek('mode'))
  if (!config || !choice) return undefined
  config.get('mode')
  const names = config.peek('allowedFunctionNames')
  const [only] = Array.isArray(names) ? names : []
  if (choice.kind !== 'any' || !Array.isArray(names) || names.length !== 1 || typeof only !== 'string') return choice
  config.get('allowedFunctionNames')
  return { kind: 'tool', name: only }
}

/** Where only some of several may be called, the others are marked. One that has to be called is a choice of its own. */
export function keepAllowed(config: ProtoFields | undefined, tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
  const names = config?.peek('allowedFunctionNames')
  const mode = config?.peek('mode')
  if (!config || !Array.isArray(names) || !(mode === 'VALIDATED' || (mode === 'ANY' && names.length > 1))) return tools
  config.get('allowedFunctionNames')
  const allowed = new Set(names)
  return tools.map((tool) => (allowed.has(tool.name) ? tool : { ...tool, isWithheld: true }))
}
