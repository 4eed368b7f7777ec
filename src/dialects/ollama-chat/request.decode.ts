import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { createCallNumbers, type CallNumbers } from '../canonical/call-numbers.ts'
import { Fields } from '../canonical/fields.ts'
import type { AnswerFormat, Block, CanonicalRequest, Message, NativeTool, ReasoningWish, ToolDefinition } from '../canonical/request.ts'

function decodeCalls(fields: Fields, numbers: CallNumbers): readonly Block[] {
  return (fields.list('tool_calls') ?? []).map((value, index): Block => {
    const path = `${fields.path}/tool_calls/${index}`
    const call = new Fields(isJsonObject(value) ? value : {}, path)
    const target = call.within('function')
    const name = target?.string('name')
    if (!target || name === undefined) return { type: 'native', value, path }
    const argumentsText = JSON.stringify(target.object('arguments') ?? {})
    return { type: 'tool-call', callId: numbers.open(name, call.string('id')), name, argumentsText, ...call.source }
  })
}

function decodeImages(fields: Fields): readonly Block[] {
  return (fields.list('images') ?? []).map((image, index): Block => {
    const path = `${fields.path}/images/${index}`
    return typeof image === 'string' ? { type: 'media', mediaType: 'image/*', source: { kind: 'inline', base64: image }, path } : { type: 'native', value: image, path }
  })
}

function decodeMessage(value: JsonValue, path: string, numbers: CallNumbers): Message {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be a message.`)
  const fields = new Fields(value, path)
  const role = fields.string('role')
  const content = fields.string('content') ?? ''
  const text: readonly Block[] = content === '' ? [] : [{ type: 'text', text: content, path: `${path}/content` }]
  if (role === 'tool') {
    const callId = numbers.resolve(fields.string('tool_name') ?? '', fields.string('tool_call_id'))
    const result = { type: 'tool-result' as const, callId, isError: false, content: text.filter((block) => block.type === 'text'), path }
    return { role: 'user', blocks: [result], ...fields.source }
  }
  const thinking = fields.string('thinking') ?? ''
  const thought: readonly Block[] = thinking === '' ? [] : [{ type: 'reasoning', text: thinking, path: `${path}/thinking` }]
  const blocks = [...thought, ...text, ...decodeImages(fields), ...decodeCalls(fields, numbers)]
  if (role !== 'system' && role !== 'user' && role !== 'assistant') throw new GatewayError('invalid_request', `Expected \`${path}/role\` to be system, user, assistant or tool.`)
  return { role, blocks, ...fields.source }
}

function decodeTools(list: readonly JsonValue[]): { readonly tools: readonly ToolDefinition[]; readonly nativeTools: readonly NativeTool[] } {
  const tools: ToolDefinition[] = []
  const nativeTools: NativeTool[] = []
  for (const [index, value] of list.entries()) {
    const path = `/tools/${index}`
    const fields = new Fields(isJsonObject(value) ? value : {}, path)
    fields.get('type')
    const inner = fields.within('function')
    const name = inner?.string('name')
    if (!inner || name === undefined) nativeTools.push({ type: 'unknown', value, path })
    else tools.push({ name, description: inner.string('description'), inputSchema: inner.object('parameters') ?? { type: 'object' }, ...fields.source })
  }
  return { tools, nativeTools }
}

function decodeWish(think: JsonValue | undefined): ReasoningWish | undefined {
  const path = '/think'
  if (think === false) return { path, isOff: true }
  if (think === true) return { path }
  return typeof think === 'string' ? { path, effort: think } : undefined
}

function decodeFormat(format: JsonValue | undefined): AnswerFormat | undefined {
  const path = '/format'
  if (format === 'json') return { kind: 'json-object', path }
  return isJsonObject(format) ? { kind: 'json-schema', path, name: undefined, schema: format, strict: undefined } : undefined
}

function decodeOptions(options: Fields | undefined): Pick<CanonicalRequest, 'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'seed' | 'frequencyPenalty' | 'presencePenalty' | 'stop'> {
  const stop = options?.get('stop')
  const list: readonly JsonValue[] = Array.isArray(stop) ? stop : stop === undefined ? [] : [stop]
  return {
    maxOutputTokens: options?.number('num_predict'),
    temperature: options?.number('temperature'),
    topP: options?.number('top_p'),
    topK: options?.number('top_k'),
    seed: options?.number('seed'),
    frequencyPenalty: options?.number('frequency_penalty'),
    presencePenalty: options?.number('presence_penalty'),
    stop: list.filter((entry) => typeof entry === 'string'),
  }
}

/** Reads a chat request. Nobody speaks this dialect to the gateway yet; it is read so that the dialect is whole. */
export function decodeRequest(body: JsonObject): CanonicalRequest {
  const fields = new Fields(body, '')
  const list = fields.list('messages')
  if (!list) throw new GatewayError('invalid_request', 'Expected `messages` to be a list.')
  const numbers = createCallNumbers()
  const request = {
    dialect: 'ollama-chat' as const,
    model: fields.string('model') ?? '',
    system: [],
    messages: list.map((message, index) => decodeMessage(message, `/messages/${index}`, numbers)),
    ...decodeTools(fields.list('tools') ?? []),
    toolChoice: undefined,
    parallelToolCalls: undefined,
    stream: fields.boolean('stream') ?? true,
    choices: 1,
    ...decodeOptions(fields.within('options')),
    reasoning: decodeWish(fields.get('think')),
    format: decodeFormat(fields.get('format')),
    endUser: undefined,
  }
  const { extras = {}, inner } = fields.source
  return { ...request, extras, ...(inner ? { inner } : {}) }
}
