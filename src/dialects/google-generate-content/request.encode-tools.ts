import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { describeGrammar } from '../canonical/describe-grammar.ts'
import { settingPath } from '../canonical/field-paths.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { noteTool } from '../canonical/note-tool.ts'
import { offeredTools, restrictedTo } from '../canonical/offered-tools.ts'
import { refuseNativeTools } from '../canonical/refuse-native-tools.ts'
import type { CanonicalRequest, NativeTool, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import type { ClientTool } from '../canonical/translation.ts'
import { refuseField } from '../refuse-field.ts'
import { functionName } from './request.encode-parts.ts'

/** What providers run themselves and Google does as well, by what the types of others begin with. */
const EQUIVALENTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:code_execution|code_interpreter)/, 'codeExecution'],
  [/^web_fetch/, 'urlContext'],
]

const equivalentOf = ({ type }: NativeTool): string | undefined => EQUIVALENTS.find(([pattern]) => pattern.test(type))?.[1]

/** Google refuses its own tools beside functions. */
function encodeNative(tool: NativeTool, request: CanonicalRequest, losses: LossList): JsonObject | undefined {
  if (!losses.isForeign) return isJsonObject(tool.value) ? tool.value : undefined
  const equivalent = equivalentOf(tool)
  if (equivalent === undefined) return undefined
  if (request.tools.length > 0) return refuseField(tool.path, `the provider does not offer \`${tool.type}\` beside functions`)
  losses.approximated(tool.path, `done by the provider’s \`${equivalent}\`, with its own settings`)
  return { [equivalent]: {} }
}

/** Always as JSON Schema: Google's own form refuses much of what clients write. */
function encodeFunction(tool: ToolDefinition, name: string, losses: LossList): JsonObject {
  const { inputSchema, strict, isCustom, grammar } = tool
  if (isCustom === true) losses.approximated(tool.path, `free text travels as the argument \`input\`${grammar ? ', its grammar in the description' : ''}`)
  if (strict === true) losses.dropped(`${tool.path}/strict`, 'the provider’s dialect has no word for it, and the model may not keep to the schema')
  const description = describeGrammar(tool)
  return mergeMembers({ name, ...(description === undefined ? {} : { description }), parametersJsonSchema: inputSchema }, losses.extras(tool))
}

const MODES = { auto: 'AUTO', any: 'ANY', none: 'NONE', tool: 'ANY' } as const

/** Where only some may be called and none has to be, the mode is one that takes names and leaves the choice to the model. */
function encodeChoice({ tools, toolChoice: choice }: CanonicalRequest, offered: readonly ToolDefinition[]): JsonObject {
  const allowed = restrictedTo(offered)
  const chosen: ToolChoice = choice ?? { kind: 'auto' }
  if (!choice && !allowed) return {}
  if (allowed && (chosen.kind === 'auto' || chosen.kind === 'any')) {
    return { toolConfig: { functionCallingConfig: { mode: chosen.kind === 'any' ? 'ANY' : 'VALIDATED', allowedFunctionNames: allowed.map((tool) => functionName(tool)) } } }
  }
  const one = chosen.kind === 'tool' ? (tools.find(({ name }) => name === chosen.name) ?? chosen) : undefined
  return { toolConfig: { functionCallingConfig: { mode: MODES[chosen.kind], ...(one ? { allowedFunctionNames: [functionName(one)] } : {}) } } }
}

/** The choice without a tool to choose would be refused. */
export function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const offered = offeredTools(request, losses, { canRestrict: true })
  const functions = offered.map((tool) => {
    const name = functionName(tool)
    noteTool(restored, name, tool, true)
    return encodeFunction(tool, name, losses)
  })
  const natives = request.nativeTools.map((tool) => encodeNative(tool, request, losses)).filter((tool) => tool !== undefined)
  if (losses.isForeign) refuseNativeTools({ ...request, nativeTools: request.nativeTools.filter((tool) => equivalentOf(tool) === undefined) }, losses)
  if (request.parallelToolCalls === false && functions.length > 0) losses.dropped(settingPath(request, 'parallelToolCalls'), 'the provider cannot be kept from calling several at once')
  const tools = [...(functions.length > 0 ? [{ functionDeclarations: functions }] : []), ...natives]
  return { ...(tools.length > 0 ? { tools } : {}), ...(functions.length > 0 ? encodeChoice(request, offered) : {}) }
}
