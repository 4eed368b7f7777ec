import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { MediaBlock, NativeBlock, TextBlock } from '../canonical/request.ts'

export type Content = TextBlock | MediaBlock | NativeBlock

/** `data:image/png;base64,iVBOR…` */
function decodeUrl(url: string, family: string): Pick<MediaBlock, 'mediaType' | 'source'> {
  const match = /^data:([^;,]+);base64,/.exec(url)
  if (!match) return { mediaType: family, source: { kind: 'url', url } }
  return { mediaType: match[1] ?? family, source: { kind: 'inline', base64: url.slice(match[0].length) } }
}

function readCache(fields: Fields): { readonly cacheTtl?: '5m' } {
  const breakpoint = fields.get('prompt_cache_breakpoint')
  return breakpoint === undefined || breakpoint === null ? {} : { cacheTtl: '5m' }
}

/** What stands there when nothing was chosen. */
function skipDefaultDetail(fields: Fields, value: JsonValue | undefined): void {
  if (value === 'auto' || value === null) fields.get('detail')
}

function decodeImage(fields: Fields, detail: JsonValue | undefined): MediaBlock | undefined {
  const url = fields.string('image_url')
  const fileId = fields.string('file_id')
  skipDefaultDetail(fields, detail)
  const cache = readCache(fields)
  if (url !== undefined) return { type: 'media', ...decodeUrl(url, 'image/*'), ...cache, ...fields.source }
  return fileId === undefined ? undefined : { type: 'media', mediaType: 'image/*', source: { kind: 'file', fileId }, ...cache, ...fields.source }
}

function decodeFile(fields: Fields, detail: JsonValue | undefined): MediaBlock | undefined {
  const data = fields.string('file_data')
  const url = fields.string('file_url')
  const fileId = fields.string('file_id')
  const filename = fields.string('filename')
  skipDefaultDetail(fields, detail)
  const rest = { ...(filename === undefined ? {} : { name: filename }), ...readCache(fields) }
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
        return decodeImage(fields, value['detail'])
      case 'input_file':
        return decodeFile(fields, value['detail'])
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
