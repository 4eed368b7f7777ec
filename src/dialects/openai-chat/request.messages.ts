import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Block, MediaBlock, Message, NativeBlock, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/request.ts'
import { findReasoning, REASONING_FIELDS } from './reasoning.ts'

type Content = TextBlock | MediaBlock | NativeBlock

/** `data:image/png;base64,iVBOR…` */
function decodeUrl(url: string, family: string): Pick<MediaBlock, 'mediaType' | 'source'> {
  const match = /^data:([^;,]+);base64,/.exec(url)
  if (!match) return { mediaType: family, source: { kind: 'url', url } }
  return { mediaType: match[1] ?? family, source: { kind: 'inline', base64: url.slice(match[0].length) } }
}

function decodeFile(fields: Fields): MediaBlock | undefined {
  const file = fields.object('file')
  if (!file) return undefined
  const { file_data: data, file_id: fileId, filename, ...inner } = file
  const extras = { ...fields.extras, ...inner }
  const source = { path: fields.path, ...(Object.keys(extras).length > 0 ? { extras } : {}), ...(typeof filename === 'string' ? { name: filename } : {}) }
  if (typeof data === 'string') return { type: 'media', ...decodeUrl(data.startsWith('data:') ? data : `data:application/pdf;base64,${data}`, 'application/pdf'), ...source }
  if (typeof fileId === 'string') return { type: 'media', mediaType: 'application/pdf', source: { kind: 'file', fileId }, ...source }
  return undefined
}

function decodePart(value: JsonValue, path: string): Content {
  if (typeof value === 'string') return { type: 'text', text: value, path }
  if (!isJsonObject(value)) return { type: 'native', value, path }
  const fields = new Fields(value, path)
  const type = fields.string('type')
  const breakpoint = fields.get('prompt_cache_breakpoint')
  const cache = breakpoint === undefined || breakpoint === null ? {} : { cacheTtl: '5m' as const }
  if (type === 'text' || type === 'refusal') {
    const text = fields.string(type)
    if (text !== undefined) return { type: 'text', text, ...cache, ...fields.source }
  }
  if (type === 'image_url') {
    const image = fields.get('image_url')
    const url = isJsonObject(image) ? image['url'] : image
    const { url: _url, ...inner } = isJsonObject(image) ? image : {}
    if (typeof url === 'string') {
      const { path: at, extras } = { path: fields.path, extras: { ...fields.extras, ...inner } }
      return { type: 'media', ...decodeUrl(url, 'image/*'), ...cache, path: at, ...(Object.keys(extras).length > 0 ? { extras } : {}) }
    }
  }
  return (type === 'file' ? decodeFile(fields) : undefined) ?? { type: 'native', value, path }
}

function decodeContent(value: JsonValue | undefined, path: string): readonly Content[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value, path }]
  return Array.isArray(value) ? value.map((part: JsonValue, index) => decodePart(part, `${path}/${index}`)) : []
}

function decodeCustomCall(call: JsonObject, target: JsonObject, path: string): ToolCallBlock {
  const { id, type: _type, custom: _custom, index: _index, ...outer } = call
  const { name, input, ...inner } = target
  const extras = { ...outer, ...inner }
  const [callId, argumentsText] = [id, input].map((text) => (typeof text === 'string' ? text : ''))
  return { type: 'tool-call', callId: callId ?? '', name: typeof name === 'string' ? name : '', argumentsText: argumentsText ?? '', isCustom: true, path, ...(Object.keys(extras).length > 0 ? { extras } : {}) }
}

function decodeCall(value: JsonValue, path: string): ToolCallBlock | NativeBlock {
  const call = isJsonObject(value) ? value : {}
  if (isJsonObject(call['custom']) && typeof call['custom']['name'] === 'string') return decodeCustomCall(call, call['custom'], path)
  const target = call['function']
  if (!isJsonObject(target) || typeof target['name'] !== 'string') return { type: 'native', value, path }
  const fields = new Fields(call, path)
  fields.get('type')
  fields.get('function')
  fields.get('index')
  const { arguments: argumentsValue, name, ...inner } = target
  // Some clients send an object where the dialect has text.
  const argumentsText = typeof argumentsValue === 'string' ? argumentsValue : argumentsValue === undefined || argumentsValue === null ? '' : JSON.stringify(argumentsValue)
  const callId = fields.string('id') ?? ''
  const extras = { ...fields.extras, ...inner }
  return { type: 'tool-call', callId, name, argumentsText, path, ...(Object.keys(extras).length > 0 ? { extras } : {}) }
}

const DETAIL = ['type', 'text', 'summary', 'signature', 'data', 'format', 'index', 'id']

/** What was sealed by `writeDetail`, or else what a server's own field said. */
function decodeReasoning(fields: Fields): readonly ReasoningBlock[] {
  const message = Object.fromEntries([...REASONING_FIELDS, 'reasoning_details'].map((key) => [key, fields.get(key)])) as JsonObject
  const details = message['reasoning_details']
  const path = `${fields.path}/reasoning_details`
  const sealed = (Array.isArray(details) ? details : []).flatMap((value: JsonValue, index): readonly ReasoningBlock[] => {
    if (!isJsonObject(value)) return []
    const detail = new Fields(value, `${path}/${index}`)
    const [, text, , signature, data] = DETAIL.map((key) => detail.get(key))
    const { source } = detail
    if (typeof data === 'string') return [{ type: 'reasoning', text: '', seal: data, isRedacted: true, ...source }]
    return typeof signature === 'string' ? [{ type: 'reasoning', text: typeof text === 'string' ? text : '', seal: signature, ...source }] : []
  })
  if (sealed.length > 0) return sealed
  const found = findReasoning(message)
  return found && found.text !== '' ? [{ type: 'reasoning', text: found.text, path: `${fields.path}/${found.field}` }] : []
}

function decodeAssistant(fields: Fields): readonly Block[] {
  const legacy = fields.object('function_call')
  const refusal = fields.string('refusal')
  const calls = (fields.list('tool_calls') ?? []).map((call, index) => decodeCall(call, `${fields.path}/tool_calls/${index}`))
  const name = typeof legacy?.['name'] === 'string' ? legacy['name'] : ''
  return [
    ...decodeReasoning(fields),
    ...decodeContent(fields.get('content'), `${fields.path}/content`),
    ...(refusal === undefined || refusal === '' ? [] : [{ type: 'text', text: refusal, path: `${fields.path}/refusal` } as const]),
    ...calls,
    ...(legacy ? [decodeCall({ id: `fn_${name}`, function: legacy }, `${fields.path}/function_call`)] : []),
  ]
}

/** One wire message is one canonical message; whoever encodes them joins what belongs together. */
export function decodeMessage(value: JsonValue, path: string): Message {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be a message.`)
  const fields = new Fields(value, path)
  const role = fields.string('role')
  if (role === 'tool' || role === 'function') {
    const callId = fields.string('tool_call_id') ?? (role === 'function' ? `fn_${fields.string('name') ?? ''}` : '')
    const content = decodeContent(fields.get('content'), `${path}/content`)
    return { role: 'user', blocks: [{ type: 'tool-result', callId, isError: false, content, path }], ...fields.source }
  }
  if (role === 'assistant') {
    const blocks = decodeAssistant(fields)
    return { role, blocks, ...fields.source }
  }
  if (role !== 'system' && role !== 'developer' && role !== 'user') {
    throw new GatewayError('invalid_request', `Expected \`${path}/role\` to be system, developer, user, assistant or tool, got \`${role ?? 'nothing'}\`.`)
  }
  const blocks = decodeContent(fields.get('content'), `${path}/content`)
  return { role: role === 'user' ? 'user' : 'system', blocks, ...fields.source }
}
