import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { readCapped } from './read-capped.ts'

export const failure = (message: string, more: JsonObject = {}): JsonObject => ({ content: [{ type: 'text', text: message }], isError: true, ...more })

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** Bytes of a medium that a model may see or hear; other bytes are a resource. */
function block(type: string, bytes: Buffer, url: URL): JsonObject {
  const data = bytes.toString('base64')
  if (type.startsWith('image/')) return { type: 'image', data, mimeType: type }
  if (type.startsWith('audio/')) return { type: 'audio', data, mimeType: type }
  return { type: 'resource', resource: { uri: `${url.origin}${url.pathname}`, mimeType: type || 'application/octet-stream', blob: data } }
}

/** An API’s answer as a tool’s result: text as it came, an object also as structure, a refusal as an error with its status and body. */
export async function readResult(answer: Response, url: URL, mostBytes: number): Promise<JsonObject> {
  const bytes = await readCapped(answer, mostBytes)
  if (bytes === undefined) return failure(`The answer is larger than ${mostBytes} bytes. Ask for less at a time.`)
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const isText = type === '' || /^text\/|[/+](?:json|xml|yaml|x-www-form-urlencoded|javascript)$/.test(type)
  const text = isText ? bytes.toString('utf8') : ''
  if (!answer.ok) {
    const status = `HTTP ${answer.status} ${answer.statusText}`.trim()
    const body = parseJson(text)
    return failure(text === '' ? status : `${status}\n${text}`, { structuredContent: { status: answer.status, body: body ?? text } })
  }
  if (bytes.length === 0) return { content: [{ type: 'text', text: `HTTP ${answer.status}, nothing else.` }] }
  if (!isText) return { content: [block(type, bytes, url)] }
  const value = /[/+]json$/.test(type) ? parseJson(text) : undefined
  return { content: [{ type: 'text', text }], ...(isJsonObject(value) ? { structuredContent: value } : {}) }
}
