import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { filePart, namedText, textPart } from './read-attachments.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** One content of a resource, as `resources/read` gives it. */
export function readResourceContent({ uri, mimeType, text: said, blob }: JsonObject): JsonObject {
  const name = text(uri)
  if (typeof said === 'string') return namedText(name, said)
  return filePart(name, text(mimeType) || 'application/octet-stream', text(blob)) ?? textPart(`[${name}: a file of type ${text(mimeType) || 'unknown'}]`)
}

/** One content of a prompt's message. What a model cannot be shown is said in words. */
export function readPromptContent(content: JsonValue | undefined): JsonObject {
  if (!isJsonObject(content)) return textPart(text(content))
  const { type, text: said, data, mimeType, resource, uri, name } = content
  if (type === 'text') return textPart(text(said))
  if (type === 'resource' && isJsonObject(resource)) return readResourceContent(resource)
  if (type === 'resource_link') return textPart(`[${text(name) || 'A resource'}: ${text(uri)}]`)
  return filePart('attachment', text(mimeType), text(data)) ?? textPart(`[${text(type) || 'A content'} of type ${text(mimeType) || 'unknown'}]`)
}
