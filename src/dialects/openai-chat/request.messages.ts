import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { CallNumbers } from '../canonical/call-numbers.ts'
import type { Block, CacheMark, MediaBlock, Message, NativeBlock, TextBlock } from '../canonical/request.ts'
import { decodeCalls } from './request.calls.ts'
import { decodeThoughts } from './request.thoughts.ts'

type Content = TextBlock | MediaBlock | NativeBlock

/** `data:image/png;base64,iVBOR…` */
function decodeUrl(url: string, family: string): Pick<MediaBlock, 'mediaType' | 'source'> {
  const match = /^data:([^;,]+);base64,/.exec(url)
  if (!match) return { mediaType: family, source: { kind: 'url', url } }
  return { mediaType: match[1] ?? family, source: { kind: 'inline', base64: url.slice(match[0].length) } }
}

/** OpenAI's own mark, and the one that OpenRouter's clients write for Anthropic's models. */
function readCache(fields: Fields): { readonly cache?: CacheMark } {
  for (const [key, kind] of [['prompt_cache_breakpoint', 'mode'], ['cache_control', 'type']] as const) {
    const mark = fields.within(key)
    if (!mark) continue
    mark.get(kind)
    const ttl = mark.get('ttl')
    return { cache: { ttl: ttl === undefined || ttl === '5m' ? '5m' : '1h', path: mark.path } }
  }
  return {}
}

function decodeFile(fields: Fields): MediaBlock | undefined {
  const file = fields.within('file')
  const data = file?.string('file_data')
  const fileId = file?.string('file_id')
  const filename = file?.string('filename')
  const rest = { ...(filename === undefined ? {} : { name: filename }), ...readCache(fields) }
  const family = 'application/pdf'
  if (data !== undefined) return { type: 'media', ...decodeUrl(data.startsWith('data:') ? data : `data:${family};base64,${data}`, family), ...rest, ...fields.source }
  return fileId === undefined ? undefined : { type: 'media', mediaType: family, source: { kind: 'file', fileId }, ...rest, ...fields.source }
}

function decodeImage(fields: Fields): MediaBlock | undefined {
  const bare = fields.string('image_url')
  const image = fields.within('image_url')
  const url = bare ?? image?.string('url')
  const detail = image?.string('detail')
  if (url === undefined) return undefined
  const chosen = image && detail !== undefined && detail !== 'auto' ? { detail: { text: detail, path: `${image.path}/detail` } } : {}
  return { type: 'media', ...decodeUrl(url, 'image/*'), ...chosen, ...readCache(fields), ...fields.source }
}

function decodeText(fields: Fields, key: 'text' | 'refusal'): TextBlock | undefined {
  const text = fields.string(key)
  return text === undefined ? undefined : { type: 'text', text, ...readCache(fields), ...fields.source }
}

function decodePart(value: JsonValue, path: string): Content {
  if (typeof value === 'string') return { type: 'text', text: value, path }
  if (!isJsonObject(value)) return { type: 'native', value, path }
  const fields = new Fields(value, path)
  const read = (): Content | undefined => {
    const type = fields.string('type')
    if (type === 'text' || type === 'refusal') return decodeText(fields, type)
    if (type === 'image_url') return decodeImage(fields)
    return type === 'file' ? decodeFile(fields) : undefined
  }
  return read() ?? { type: 'native', value, path }
}

function decodeContent(value: JsonValue | undefined, path: string): readonly Content[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value, path }]
  return Array.isArray(value) ? value.map((part: JsonValue, index) => decodePart(part, `${path}/${index}`)) : []
}

function decodeAssistant(fields: Fields, numbers: CallNumbers): readonly Block[] {
  const refusal = fields.string('refusal')
  const thoughts = decodeThoughts(fields)
  return [
    ...thoughts,
    ...decodeContent(fields.get('content'), `${fields.path}/content`),
    ...(refusal === undefined || refusal === '' ? [] : [{ type: 'text', text: refusal, path: `${fields.path}/refusal` } as const]),
    ...decodeCalls(fields, numbers, thoughts),
  ]
}

/** One wire message is one canonical message; whoever encodes them joins what belongs together. */
export function decodeMessage(value: JsonValue, path: string, numbers: CallNumbers): Message {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be a message.`)
  const fields = new Fields(value, path)
  const role = fields.string('role')
  if (role === 'tool' || role === 'function') {
    const callId = numbers.resolve((role === 'function' ? fields.string('name') : undefined) ?? '', fields.string('tool_call_id'))
    const content = decodeContent(fields.get('content'), `${path}/content`)
    return { role: 'user', blocks: [{ type: 'tool-result', callId, isError: false, content, path }], ...fields.source }
  }
  if (role === 'assistant') {
    const blocks = decodeAssistant(fields, numbers)
    return { role, blocks, ...fields.source }
  }
  if (role !== 'system' && role !== 'developer' && role !== 'user') {
    throw new GatewayError('invalid_request', `Expected \`${path}/role\` to be system, developer, user, assistant or tool, got \`${role ?? 'nothing'}\`.`)
  }
  const blocks = decodeContent(fields.get('content'), `${path}/content`)
  return { role: role === 'user' ? 'user' : 'system', blocks, ...fields.source }
}
