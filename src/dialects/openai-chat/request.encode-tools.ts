import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { describeGrammar } from '../canonical/describe-grammar.ts'
import { fitId } from '../canonical/fit-id.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { noteTool } from '../canonical/note-tool.ts'
import { offeredTools, restrictedTo } from '../canonical/offered-tools.ts'
import type { CanonicalRequest, ToolDefinition } from '../canonical/request.ts'
import type { ClientTool } from '../canonical/translation.ts'
import { refuseNativeTools } from '../canonical/refuse-native-tools.ts'
import { wireName } from '../canonical/wire-name.ts'
import { takeMark } from './request.cache-marks.ts'
import type { Scene } from './request.scene.ts'

const MAX_NAME = 64

/** A custom tool becomes a function that takes its text as `input`, where the provider has none. */
function encodeTool(tool: ToolDefinition, name: string, hasCustom: boolean, scene: Scene): JsonObject {
  const { losses } = scene
  const { description, inputSchema, strict, isCustom, grammar } = tool
  const { mark, rest } = takeMark(tool, scene)
  const extras = losses.extras(rest)
  if (isCustom === true && hasCustom) {
    const format = grammar ? { format: { type: 'grammar', grammar: { ...grammar } } } : {}
    return { type: 'custom', custom: mergeMembers({ name, ...(description === undefined ? {} : { description }), ...format }, extras) }
  }
  const words = describeGrammar(tool)
  if (isCustom === true) losses.approximated(tool.path, `free text travels as the argument \`input\`${grammar ? ', its grammar in the description' : ''}`)
  return { type: 'function', function: { name, ...(words === undefined ? {} : { description: words }), parameters: inputSchema, ...(strict === undefined ? {} : { strict }), ...extras }, ...mark }
}

const refer = (tool: ToolDefinition, hasCustom: boolean): JsonObject => {
  const name = { name: wireName(tool) }
  return tool.isCustom === true && hasCustom ? { type: 'custom', custom: name } : { type: 'function', function: name }
}

function encodeChoice({ toolChoice: choice, tools }: CanonicalRequest, offered: readonly ToolDefinition[], hasCustom: boolean): JsonObject {
  const allowed = restrictedTo(offered)
  if (allowed && choice?.kind !== 'tool' && choice?.kind !== 'none') {
    return { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: choice?.kind === 'any' ? 'required' : 'auto', tools: allowed.map((tool) => refer(tool, hasCustom)) } } }
  }
  if (!choice) return {}
  if (choice.kind !== 'tool') return { tool_choice: choice.kind === 'any' ? 'required' : choice.kind }
  const chosen = tools.find(({ name }) => name === choice.name)
  const named: JsonValue = { type: 'function', function: { name: fitId(choice.name, MAX_NAME) } }
  return { tool_choice: chosen ? refer(chosen, hasCustom) : named }
}

export function encodeTools(scene: Scene, restored: Map<string, ClientTool>): JsonObject {
  const { request, losses, context } = scene
  const { hasOpenaiTools }: DialectQuirks = context.quirks
  refuseNativeTools(request, losses)
  const isOpenais = !losses.isForeign || hasOpenaiTools === true
  const offered = offeredTools(request, losses, { canRestrict: isOpenais })
  const tools = offered.map((tool) => {
    const name = wireName(tool)
    noteTool(restored, name, tool, !isOpenais)
    return encodeTool(tool, name, isOpenais, scene)
  })
  if (tools.length === 0) return {}
  return { tools, ...encodeChoice(request, offered, isOpenais), ...(request.parallelToolCalls === undefined ? {} : { parallel_tool_calls: request.parallelToolCalls }) }
}
