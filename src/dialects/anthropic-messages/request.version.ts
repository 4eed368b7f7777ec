import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { VERSION_MEMBERS } from './response.version.ts'

/** The version of the API that refuses sampling, documents of the model's own, and cited text of the user's. */
const STRICT_SINCE = '2026-10-21'

const SAMPLING = ['temperature', 'top_p', 'top_k'] as const

/** In the provider's words, which clients look for: `temperature: Extra inputs are not permitted`. */
function refuse(place: string, reason: string): never {
  throw new GatewayError('invalid_request', `${place}: ${reason}`, { details: { attempts: 0 } })
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])

function checkBlock(block: JsonObject, role: JsonValue | undefined, place: string): void {
  if (role === 'assistant' && block['type'] === 'document') refuse(`${place}.type`, 'a `document` is not permitted directly in an assistant message')
  if (role === 'user' && block['type'] === 'text' && listOf(block['citations']).length > 0) refuse(`${place}.citations`, 'Extra inputs are not permitted')
}

/**
 * Holds a request that is translated to the version of the API that its client speaks, as Anthropic itself does for one that is not.
 * Gives what answers of that version always have; undefined for earlier versions.
 */
export function applyVersion(body: JsonObject, headers: Readonly<Record<string, string | readonly string[] | undefined>>): JsonObject | undefined {
  const version = headers['anthropic-version']
  if (typeof version !== 'string' || version < STRICT_SINCE) return undefined
  for (const key of SAMPLING) if (body[key] !== undefined) refuse(key, 'Extra inputs are not permitted')
  for (const [index, message] of listOf(body['messages']).entries()) {
    if (!isJsonObject(message)) continue
    for (const [at, block] of listOf(message['content']).entries()) {
      if (isJsonObject(block)) checkBlock(block, message['role'], `messages.${index}.content.${at}`)
    }
  }
  return VERSION_MEMBERS
}
