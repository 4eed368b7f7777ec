import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import type { CanonicalRequest, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import type { ClientTool } from '../canonical/translation.ts'
import { refuseField } from '../refuse-field.ts'
import { wireName } from '../canonical/wire-name.ts'

const MAX_NAME = 64

/** A custom tool of another dialect becomes a function that takes its text as `input`. */
function encodeTool(tool: ToolDefinition, name: string, losses: LossList, isOwn: boolean): JsonObject {
  const { description, inputSchema, strict } = tool
  const said = description === undefined ? {} : { description }
  if (tool.isCustom === true && isOwn) return { type: 'custom', custom: { name, ...said, ...losses.extras(tool) } }
  if (tool.isCustom === true) losses.approximated(tool.path, 'free text travels as the argument `input`')
  return { type: 'function', function: { name, ...said, parameters: inputSchema, ...(strict === undefined ? {} : { strict }), ...losses.extras(tool) } }
}

const writeChoice = (choice: ToolChoice, isCustom: boolean): JsonValue => {
  if (choice.kind !== 'tool') return choice.kind === 'any' ? 'required' : choice.kind
  const name = { name: fitId(choice.name, MAX_NAME) }
  return isCustom ? { type: 'custom', custom: name } : { type: 'function', function: name }
}

export function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const [foreign] = request.nativeTools
  if (foreign) refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
  const isOwn = request.dialect === 'openai-chat'
  const tools = offeredTools(request, losses).map((tool) => {
    const name = wireName(tool)
    const isCustom = tool.isCustom === true && !isOwn
    if (name !== tool.name || isCustom) restored.set(name, { name: tool.name, ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }), ...(isCustom ? { isCustom } : {}) })
    return encodeTool(tool, name, losses, isOwn)
  })
  if (tools.length === 0) return {}
  const { toolChoice: choice } = request
  const chosen = choice?.kind === 'tool' ? request.tools.find(({ name }) => name === choice.name) : undefined
  return {
    tools,
    ...(choice === undefined ? {} : { tool_choice: writeChoice(chosen ? { kind: 'tool', name: wireName(chosen) } : choice, isOwn && chosen?.isCustom === true) }),
    ...(request.parallelToolCalls === undefined ? {} : { parallel_tool_calls: request.parallelToolCalls }),
  }
}
