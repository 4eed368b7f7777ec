import type { Block, TextBlock } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'

type ResultBlock = Exclude<Block, { readonly type: 'reasoning' | 'tool-call' | 'tool-result' }>

export interface ToolContent {
  readonly isError: boolean
  readonly content: readonly ResultBlock[]
}

const say = (text: string): TextBlock => ({ type: 'text', text, path: '' })

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** What a model cannot be shown is said in words. */
function readBlock(block: JsonObject): ResultBlock {
  const { type, text, data, mimeType, resource, uri, name } = block
  switch (type) {
    case 'text':
      return say(textOf(text))
    case 'image':
      return { type: 'media', mediaType: textOf(mimeType) || 'image/png', source: { kind: 'inline', base64: textOf(data) }, path: '' }
    case 'resource': {
      if (!isJsonObject(resource)) return say('[A resource without contents.]')
      if (typeof resource['text'] === 'string') return say(resource['text'])
      return say(`[A resource of type ${textOf(resource['mimeType']) || 'unknown'} at ${textOf(resource['uri'])}.]`)
    }
    case 'resource_link':
      return say(`[${textOf(name) || 'A resource'}: ${textOf(uri)}]`)
    case 'audio':
      return say(`[A sound of type ${textOf(mimeType)}.]`)
    default:
      return say(JSON.stringify(block))
  }
}

/** Cuts between characters. */
function cutText(text: string, bytes: number): string {
  return Buffer.from(text).subarray(0, bytes).toString('utf8').replace(/\uFFFD$/, '')
}

/** Texts beyond the limit are cut, and the model is told so: it can ask for less. */
export function limitContent(content: readonly ResultBlock[], maxBytes: number): readonly ResultBlock[] {
  let left = maxBytes
  let lost = 0
  const kept = content.flatMap((block): readonly ResultBlock[] => {
    const size = block.type === 'text' ? Buffer.byteLength(block.text) : block.type === 'media' && block.source.kind === 'inline' ? block.source.base64.length / 32 : 0
    const before = left
    left -= size
    if (left >= 0) return [block]
    lost += block.type === 'text' ? size - Math.max(before, 0) : size
    return block.type === 'text' && before > 0 ? [say(cutText(block.text, before))] : []
  })
  return lost === 0 ? kept : [...kept, say(`[The result was longer than ${maxBytes} bytes: ${Math.ceil(lost)} bytes are left out. Ask for less at a time.]`)]
}

/** A tool's result for a model. Structured content is said only where there is no other. */
export function readToolResult(result: JsonText, maxBytes: number): ToolContent {
  const blocks = parseJsonText(readMember(result, 'content') ?? ('[]' as JsonText))
  const content = (Array.isArray(blocks) ? blocks : []).filter((block: JsonValue) => isJsonObject(block)).map(readBlock)
  const structured = readMember(result, 'structuredContent')
  const said = content.length === 0 && structured !== undefined ? [say(structured)] : content
  return { isError: readMember(result, 'isError') === 'true', content: limitContent(said.length > 0 ? said : [say('[The tool answered with nothing.]')], maxBytes) }
}

export function failedResult(message: string): ToolContent {
  return { isError: true, content: [say(message)] }
}

/** What people and logs see of a result. */
export function wordsOf({ content }: ToolContent): string {
  return content.map((block) => (block.type === 'text' ? block.text : block.type === 'media' ? `[${block.mediaType}]` : '')).join('\n')
}
