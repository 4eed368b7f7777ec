import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { CanonicalRequest, NativeTool, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import type { ClientTool } from '../canonical/translation.ts'
import { refuseField } from '../refuse-field.ts'
import { functionName } from './request.encode-parts.ts'

/** What providers run themselves and Google does as well, by what the types of others begin with. */
const EQUIVALENTS: readonly (readonly [RegExp, string])[] = [
  [/^web_search/, 'googleSearch'],
  [/^(?:code_execution|code_interpreter)/, 'codeExecution'],
  [/^web_fetch/, 'urlContext'],
]

/** Google refuses its own tools beside functions. Codex offers a search with every request, and does without. */
function encodeNative(tool: NativeTool, request: CanonicalRequest, losses: LossList): JsonObject | undefined {
  if (request.dialect === 'google-generate-content' && isJsonObject(tool.value)) return tool.value
  const equivalent = EQUIVALENTS.find(([pattern]) => pattern.test(tool.type))?.[1]
  if (equivalent === undefined) return refuseField(tool.path, `it has no tool of type \`${tool.type}\``)
  if (request.tools.length === 0) {
    losses.approximated(tool.path, `done by the provider’s \`${equivalent}\`, with its own settings`)
    return { [equivalent]: {} }
  }
  if (request.dialect !== 'openai-responses') return refuseField(tool.path, `\`${tool.type}\` cannot be offered beside functions`)
  losses.dropped(tool.path, 'it cannot be offered beside functions')
  return undefined
}

/** Always as JSON Schema: Google's own form refuses much of what clients write. */
function encodeFunction(tool: ToolDefinition, name: string, losses: LossList): JsonObject {
  const { description, inputSchema, strict, isCustom } = tool
  if (isCustom === true) losses.approximated(tool.path, 'free text travels as the argument `input`')
  if (strict === true) losses.dropped(`${tool.path}/strict`, 'the provider does not hold its model to the schema')
  return mergeMembers({ name, ...(description === undefined ? {} : { description }), parametersJsonSchema: inputSchema }, losses.extras(tool))
}

function encodeChoice(choice: ToolChoice | undefined, request: CanonicalRequest): JsonObject {
  if (!choice) return {}
  const mode = { auto: 'AUTO', any: 'ANY', none: 'NONE', tool: 'ANY' }[choice.kind]
  const chosen = choice.kind === 'tool' ? (request.tools.find(({ name }) => name === choice.name) ?? choice) : undefined
  return { toolConfig: { functionCallingConfig: { mode, ...(chosen ? { allowedFunctionNames: [functionName(chosen)] } : {}) } } }
}

/** The choice without a tool to choose would be refused. */
export function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const functions = offeredTools(request, losses).map((tool) => {
    const name = functionName(tool)
    const { isCustom, namespace } = tool
    if (name !== tool.name || isCustom === true) restored.set(name, { name: tool.name, ...(namespace === undefined ? {} : { namespace }), ...(isCustom === true ? { isCustom } : {}) })
    return encodeFunction(tool, name, losses)
  })
  const natives = request.nativeTools.map((tool) => encodeNative(tool, request, losses)).filter((tool) => tool !== undefined)
  if (request.parallelToolCalls === false && functions.length > 0) losses.dropped(settingPath(request.dialect, 'parallelToolCalls'), 'the provider cannot be kept from calling several at once')
  const tools = [...(functions.length > 0 ? [{ functionDeclarations: functions }] : []), ...natives]
  return { ...(tools.length > 0 ? { tools } : {}), ...(functions.length > 0 ? encodeChoice(request.toolChoice, request) : {}) }
}
