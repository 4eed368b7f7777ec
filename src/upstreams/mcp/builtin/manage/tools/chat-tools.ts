import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import type { JsonObject } from '../../../../../lib/json.ts'
import { withoutUndefined } from '../../../../../lib/without-undefined.ts'
import { ADDS, defineTool, LOOKS, REPLACES, type ToolAnswer } from '../define-tool.ts'
import type { ManageOutcome, ManagePort } from '../manage-port.ts'

/** As tools name them, by their names in the document. */
const TOLD = { model: 'model', systemPrompt: 'system_prompt', maxToolHops: 'max_tool_hops', parameters: 'parameters' } as const

const CHAT_OUTPUT = {
  model: z.string().nullable(),
  system_prompt: z.string(),
  max_tool_hops: z.int().nullable(),
  parameters: z.looseObject({}),
  changed: z.array(z.string()),
}

const toldName = (name: string): string => (Object.hasOwn(TOLD, name) ? TOLD[name as keyof typeof TOLD] : name)

function show(port: ManagePort): JsonObject {
  const { model, systemPrompt, maxToolHops, parameters, changed } = port.chat()
  return { model: model ?? null, system_prompt: systemPrompt, max_tool_hops: maxToolHops ?? null, parameters, changed: changed.map(toldName) }
}

/** The configuration as it is now, after a change of it. */
function answer(port: ManagePort, { outcome, problems }: ManageOutcome, lead: string): ToolAnswer {
  const shown = show(port)
  if (outcome === 'rejected') return { text: ['Nothing was changed:', ...problems].join('\n'), structured: shown, isError: true }
  return { text: `${lead}\n${JSON.stringify(shown, null, 2)}`, structured: shown }
}

export const chatConfig = defineTool(
  {
    name: 'chat_config',
    title: 'How chats are led',
    description: 'The model, system prompt, bounds and parameters of chats that do not say it themselves, and which of these were changed at run time.',
    input: {},
    output: CHAT_OUTPUT,
    annotations: LOOKS,
  },
  (_given, { port }) => ({ text: JSON.stringify(show(port), null, 2), structured: show(port) }),
)

export const setChatConfig = defineTool(
  {
    name: 'set_chat_config',
    title: 'Change how chats are led',
    description: 'Changes the model, the system prompt, the rounds of tool calls or the parameters of chats, from their next answer on and until `reset_chat_config`. null takes one back. Chats with settings of their own keep those.',
    input: {
      model: z.string().min(1).max(400).nullable().optional().describe('A public model.'),
      system_prompt: z.string().max(100_000).nullable().optional(),
      max_tool_hops: z.int().min(1).max(1000).nullable().optional().describe('Rounds of tool calls of one answer; never more than `runs.maxHops`.'),
      parameters: z.record(z.string().min(1).max(100), z.json()).nullable().optional().describe('Parameters of the provider, such as `temperature`: those that are named are set, null takes one back.'),
    },
    output: CHAT_OUTPUT,
    annotations: ADDS,
  },
  async ({ model, system_prompt: systemPrompt, max_tool_hops: maxToolHops, parameters }, { port }) => {
    const change = withoutUndefined({ model, systemPrompt, maxToolHops, parameters }) as JsonObject
    if (Object.keys(change).length === 0) throw new GatewayError('invalid_request', 'Expected one of `model`, `system_prompt`, `max_tool_hops` and `parameters`.')
    if (typeof model === 'string') port.checkModel(model)
    return answer(port, await port.apply({ kind: 'chat', change }), 'Chats are led like this from their next answer on.')
  },
)

export const resetChatConfig = defineTool(
  {
    name: 'reset_chat_config',
    title: 'Lead chats as configured',
    description: 'Takes back everything that was changed about chats at run time: what the configuration document says is in force again.',
    input: {},
    output: CHAT_OUTPUT,
    annotations: REPLACES,
  },
  async (_given, { port }) => answer(port, await port.apply({ kind: 'chat', change: undefined }), 'Chats are led as the configuration says.'),
)
