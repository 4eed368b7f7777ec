import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Block, CacheMark, MediaBlock, NativeBlock } from '../canonical/request.ts'

function decodeCache(fields: Fields): { readonly cache?: CacheMark } {
  const control = fields.within('cache_control')
  if (!control) return {}
  control.get('type')
  return { cache: { ttl: control.get('ttl') === '1h' ? '1h' : '5m', path: control.path } }
}

/** The words of a block that has no name of its own here: search results, results of server tools. */
function plainText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(plainText).filter((text) => text !== '').join('\n')
  if (!isJsonObject(value)) return ''
  return [value['title'], value['source'], value['text'], value['content']].map(plainText).filter((text) => text !== '').join('\n')
}

function decodeNative(value: JsonValue, path: string): NativeBlock {
  if (!isJsonObject(value)) return { type: 'native', value, path }
  const { type, tool_name: toolName } = value
  if (type === 'tool_reference' && typeof toolName === 'string') return { type: 'native', value, path, toolName, text: `[tool available: ${toolName}]` }
  const text = type === 'search_result' || (typeof type === 'string' && type.endsWith('_tool_result')) ? plainText(value) : ''
  return { type: 'native', value, path, ...(text === '' ? {} : { text }) }
}

function decodeSource(source: Fields | undefined, fallback: string): Pick<MediaBlock, 'mediaType' | 'source'> | undefined {
  const [type, declared, data, url, fileId] = ['type', 'media_type', 'data', 'url', 'file_id'].map((key) => source?.get(key))
  const mediaType = typeof declared === 'string' ? declared : fallback
  if (type === 'base64' && typeof data === 'string') return { mediaType, source: { kind: 'inline', base64: data } }
  if (type === 'text' && typeof data === 'string') return { mediaType, source: { kind: 'text', text: data } }
  if (type === 'url' && typeof url === 'string') return { mediaType, source: { kind: 'url', url } }
  return type === 'file' && typeof fileId === 'string' ? { mediaType, source: { kind: 'file', fileId } } : undefined
}

function decodeMedia(fields: Fields, fallback: string): MediaBlock | undefined {
  const found = decodeSource(fields.within('source'), fallback)
  if (!found) return undefined
  const name = fields.string('title')
  return { type: 'media', ...found, ...(name === undefined ? {} : { name }), ...decodeCache(fields), ...fields.source }
}

type Reader = (fields: Fields) => Block | undefined

const READERS: Readonly<Record<string, Reader>> = {
  text(fields) {
    const text = fields.string('text')
    return text === undefined ? undefined : { type: 'text', text, ...decodeCache(fields), ...fields.source }
  },
  image: (fields) => decodeMedia(fields, 'image/*'),
  document: (fields) => decodeMedia(fields, 'application/pdf'),
  thinking(fields) {
    const text = fields.string('thinking') ?? ''
    const seal = fields.string('signature')
    return { type: 'reasoning', text, ...(seal === undefined || seal === '' ? {} : { seal }), ...fields.source }
  },
  redacted_thinking(fields) {
    const seal = fields.string('data')
    return seal === undefined ? undefined : { type: 'reasoning', text: '', seal, isRedacted: true, ...fields.source }
  },
  tool_use(fields) {
    const callId = fields.string('id') ?? ''
    const name = fields.string('name')
    // The model itself, as everywhere else.
    const caller = fields.peek('caller')
    if (isJsonObject(caller) && caller['type'] === 'direct') fields.get('caller')
    const argumentsText = JSON.stringify(fields.get('input') ?? {})
    return name === undefined ? undefined : { type: 'tool-call', callId, name, argumentsText, ...fields.source }
  },
  tool_result(fields) {
    const callId = fields.string('tool_use_id') ?? ''
    const isError = fields.boolean('is_error') === true
    const content = decodeBlocks(fields.get('content'), `${fields.path}/content`).filter((block) => block.type === 'text' || block.type === 'media' || block.type === 'native')
    return { type: 'tool-result', callId, isError, ...(isError ? { errorPath: `${fields.path}/is_error` } : {}), content, ...fields.source }
  },
}

function decodeBlock(value: JsonValue, path: string): Block {
  if (!isJsonObject(value)) return decodeNative(value, path)
  const fields = new Fields(value, path)
  const type = fields.string('type') ?? ''
  return (Object.hasOwn(READERS, type) ? READERS[type]?.(fields) : undefined) ?? decodeNative(value, path)
}

/** Content as a string or as blocks. A block that cannot be read as its type is carried whole. */
export function decodeBlocks(value: JsonValue | undefined, path: string): readonly Block[] {
  if (typeof value === 'string') return [{ type: 'text', text: value, path }]
  return Array.isArray(value) ? value.map((block: JsonValue, index) => decodeBlock(block, `${path}/${index}`)) : []
}
