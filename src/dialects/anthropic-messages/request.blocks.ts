import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Block, MediaBlock, NativeBlock } from '../canonical/request.ts'

function decodeCache(fields: Fields): { readonly cacheTtl?: '5m' | '1h' } {
  const control = fields.object('cache_control')
  return control ? { cacheTtl: control['ttl'] === '1h' ? '1h' : '5m' } : {}
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

function decodeSource(source: JsonObject | undefined, fallback: string): Pick<MediaBlock, 'mediaType' | 'source'> | undefined {
  const { type, media_type: declared, data, url, file_id: fileId } = source ?? {}
  const mediaType = typeof declared === 'string' ? declared : fallback
  if (type === 'base64' && typeof data === 'string') return { mediaType, source: { kind: 'inline', base64: data } }
  if (type === 'text' && typeof data === 'string') return { mediaType, source: { kind: 'text', text: data } }
  if (type === 'url' && typeof url === 'string') return { mediaType, source: { kind: 'url', url } }
  return type === 'file' && typeof fileId === 'string' ? { mediaType, source: { kind: 'file', fileId } } : undefined
}

function decodeMedia(fields: Fields, fallback: string): MediaBlock | undefined {
  const found = decodeSource(fields.object('source'), fallback)
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
    const argumentsText = JSON.stringify(fields.get('input') ?? {})
    // Said by every call of a client's own tool; it says nothing.
    fields.get('cache_control')
    return name === undefined ? undefined : { type: 'tool-call', callId, name, argumentsText, ...fields.source }
  },
  tool_result(fields) {
    const callId = fields.string('tool_use_id') ?? ''
    const isError = fields.boolean('is_error') === true
    const content = decodeBlocks(fields.get('content'), `${fields.path}/content`).filter((block) => block.type === 'text' || block.type === 'media' || block.type === 'native')
    fields.get('cache_control')
    return { type: 'tool-result', callId, isError, content, ...fields.source }
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
