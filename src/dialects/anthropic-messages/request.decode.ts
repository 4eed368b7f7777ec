import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { AnswerFormat, CanonicalRequest, Message, NativeTool, ReasoningWish, TextBlock, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import { decodeBlocks } from './request.blocks.ts'

/** The first line of some clients says who they are. Only Anthropic reads it, and anywhere else it spoils the prefix cache. */
const ATTRIBUTION = 'x-anthropic-billing-header:'

function decodeSystem(value: JsonValue | undefined): readonly TextBlock[] {
  return decodeBlocks(value, '/system').map((block) => {
    if (block.type !== 'text') throw new GatewayError('invalid_request', `Expected \`${block.path}\` to be text.`)
    return block.text.startsWith(ATTRIBUTION) ? { ...block, isPrivate: true as const } : block
  })
}

function decodeMessage(value: JsonValue, path: string): Message {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be a message.`)
  const fields = new Fields(value, path)
  // Token counts are asked for with messages that name no role.
  const role = fields.string('role') ?? 'user'
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw new GatewayError('invalid_request', `Expected \`${path}/role\` to be user, assistant or system, got \`${role}\`.`)
  }
  const blocks = decodeBlocks(fields.get('content'), `${path}/content`)
  return { role, blocks, ...fields.source }
}

function decodeTools(list: readonly JsonValue[]): { readonly tools: readonly ToolDefinition[]; readonly nativeTools: readonly NativeTool[] } {
  const tools: ToolDefinition[] = []
  const nativeTools: NativeTool[] = []
  for (const [index, value] of list.entries()) {
    const path = `/tools/${index}`
    const fields = new Fields(isJsonObject(value) ? value : {}, path)
    const type = fields.string('type') ?? 'custom'
    const name = fields.string('name')
    if (type !== 'custom' || name === undefined) {
      nativeTools.push({ type, value, path })
      continue
    }
    const description = fields.string('description')
    const inputSchema = fields.object('input_schema') ?? { type: 'object' }
    const strict = fields.boolean('strict')
    const isDeferred = fields.boolean('defer_loading') === true
    tools.push({ name, description, inputSchema, ...(strict === undefined ? {} : { strict }), ...(isDeferred ? { isDeferred } : {}), ...fields.source })
  }
  return { tools, nativeTools }
}

function decodeChoice(choice: Fields | undefined): { readonly toolChoice: ToolChoice | undefined; readonly parallelToolCalls: boolean | undefined } {
  const [type, name, isDisabled] = ['type', 'name', 'disable_parallel_tool_use'].map((key) => choice?.get(key))
  const parallelToolCalls = isDisabled === true ? false : undefined
  if (type === 'auto' || type === 'any' || type === 'none') return { toolChoice: { kind: type }, parallelToolCalls }
  return { toolChoice: type === 'tool' && typeof name === 'string' ? { kind: 'tool', name } : undefined, parallelToolCalls }
}

const KNOWN_THINKING = new Set<unknown>(['enabled', 'adaptive', 'disabled'])

/** `updates` shows less than all, in a way that only Anthropic has. */
function readDisplay(thinking: Fields): Pick<ReasoningWish, 'isShown' | 'shownPath'> {
  const display = thinking.peek('display')
  if (display === 'updates') return { isShown: true }
  if (display !== 'summarized' && display !== 'omitted') return {}
  thinking.get('display')
  return { isShown: display === 'summarized', shownPath: `${thinking.path}/display` }
}

function decodeReasoning(fields: Fields, output: Fields | undefined): ReasoningWish | undefined {
  const effort = output?.string('effort')
  const thinking = fields.object('thinking')
  const wish = new Fields(thinking ?? {}, '/thinking')
  const type = wish.peek('type')
  if (KNOWN_THINKING.has(type)) wish.get('type')
  const budget = wish.get('budget_tokens')
  const shown = readDisplay(wish)
  const { extras } = wish
  const common = { ...shown, ...(extras ? { extras } : {}) }
  if (type === 'disabled') return { path: '/thinking', isOff: true, ...common }
  if (thinking === undefined && effort === undefined) return undefined
  const amount = effort !== undefined ? { effort, amountPath: '/output_config/effort' } : {}
  const tokens = type === 'enabled' && typeof budget === 'number' ? { budgetTokens: budget, amountPath: '/thinking/budget_tokens' } : {}
  return { path: thinking ? '/thinking' : '/output_config/effort', ...tokens, ...amount, ...common }
}

function decodeFormat(output: Fields | undefined): AnswerFormat | undefined {
  const value = output?.object('format')
  if (value?.['type'] !== 'json_schema' || !isJsonObject(value['schema'])) return undefined
  const { type: _type, schema, ...extras } = value
  return { kind: 'json-schema', path: '/output_config/format', name: undefined, schema, strict: undefined, ...(Object.keys(extras).length > 0 ? { extras } : {}) }
}

/** Reads a Messages request of either version of the API. */
export function decodeRequest(body: JsonObject): CanonicalRequest {
  const fields = new Fields(body, '')
  const messages = fields.list('messages')
  if (!messages) throw new GatewayError('invalid_request', 'Expected `messages` to be a list.')
  const output = fields.within('output_config')
  const metadata = fields.within('metadata')
  const format = decodeFormat(output)
  const reasoning = decodeReasoning(fields, output)
  const endUser = metadata?.string('user_id')
  const decoded = {
    dialect: 'anthropic-messages' as const,
    model: fields.string('model') ?? '',
    system: decodeSystem(fields.get('system')),
    messages: messages.map((message, index) => decodeMessage(message, `/messages/${index}`)),
    ...decodeTools(fields.list('tools') ?? []),
    ...decodeChoice(fields.within('tool_choice')),
    stream: fields.boolean('stream') ?? false,
    choices: 1,
    maxOutputTokens: fields.number('max_tokens'),
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    topK: fields.number('top_k'),
    seed: undefined,
    frequencyPenalty: undefined,
    presencePenalty: undefined,
    stop: (fields.list('stop_sequences') ?? []).filter((entry) => typeof entry === 'string'),
    reasoning,
    format,
    endUser,
  }
  const { extras = {}, inner } = fields
  return { ...decoded, extras, ...(inner ? { inner } : {}) }
}
