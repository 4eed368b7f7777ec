import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { CacheMark, MediaBlock, NativeBlock, Remark, TextBlock } from '../canonical/request.ts'

export type Content = TextBlock | MediaBlock | NativeBlock

/** `data:image/png;base64,iVBOR…` */
function decodeUrl(url: string, family: string): Pick<MediaBlock, 'mediaType' | 'source'> {
  const match = /^data:([^;,]+);base64,/.exec(url)
  if (!match) return { mediaType: family, source: { kind: 'url', url } }
  return { mediaType: match[1] ?? family, source: { kind: 'inline', base64: url.slice(match[0].length) } }
}

function readCache(fields: Fields): { readonly cache?: CacheMark } {
  const mark = fields.within('prompt_cache_breakpoint')
  if (!mark) return {}
  mark.get('mode')
  return { cache: { ttl: mark.get('ttl') === undefined ? '5m' : '1h', path: mark.path } }
}

/** What stands there when nothing was chosen says nothing. */
function readDetail(fields: Fields): { readonly detail?: Remark } {
  const detail = fields.get('detail')
  return typeof detail === 'string' && detail !== 'auto' ? { detail: { text: detail, path: `${fields.path}/detail` } } : {}
}

function decodeImage(fields: Fields): MediaBlock | undefined {
  const url = fields.string('image_url')
  const fileId = fields.string('file_id')
  const rest = { ...readDetail(fields), ...readCache(fields) }
  if (url !== undefined) return { type: 'media', ...decodeUrl(url, 'image/*'), ...rest, ...fields.source }
  return fileId === undefined ? undefined : { type: 'media', mediaType: 'image/*', source: { kind: 'file', fileId }, ...rest, ...fields.source }
}

function decodeFile(fields: Fields): MediaBlock | undefined {
  const data = fields.string('file_data')
  const url = fields.string('file_url')
  const fileId = fields.string('file_id')
  const filename = fields.string('filename')
  const rest = { ...(filename === undefined ? {} : { name: filename }), ...readDetail(fields), ...readCache(fields) }
  const family = 'application/pdf'
  if (data !== undefined) return { type: 'media', ...decodeUrl(data.startsWith('data:') ? data : `data:${family};base64,${data}`, family), ...rest, ...fields.source }
  if (url !== undefined) return { type: 'media', ...decodeUrl(url, family), ...rest, ...fields.source }
  return fileId === undefined ? undefined : { type: 'media', mediaType: family, source: { kind: 'file', fileId }, ...rest, ...fields.source }
}

function decodeText(fields: Fields, key: 'text' | 'refusal', value: Readonly<Record<string, JsonValue | undefined>>): TextBlock | undefined {
  const text = fields.string(key)
  // Said by every text that a model wrote; empty they say nothing.
  for (const list of ['annotations', 'logprobs']) if (Array.isArray(value[list]) && value[list].length === 0) fields.get(list)
  return text === undefined ? undefined : { type: 'text', text, ...readCache(fields), ...fields.source }
}

function decodePart(value: JsonValue, path: string): Content {
  if (typeof value === 'string') return { type: 'text', text: value, path }
  if (!isJsonObject(value)) return { type: 'native', value, path }
  const fields = new Fields(value, path)
  const read = (): Content | undefined => {
    switch (fields.string('type')) {
      case 'input_text':
      case 'output_text':
      case 'text':
        return decodeText(fields, 'text', value)
      case 'refusal':
        return decodeText(fields, 'refusal', value)
      case 'input_image':
        return decodeImage(fields)
      case 'input_file':
        return decodeFile(fields)
      default:
        return undefined
    }
  }
  return read() ?? { type: 'native', value, path }
}

/** Content as a string or as parts. A part that cannot be read as its type is carried whole. */
export function decodeContent(value: JsonValue | undefined, path: string): readonly Content[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value, path }]
  return Array.isArray(value) ? value.map((part: JsonValue, index) => decodePart(part, `${path}/${index}`)) : []
}
