import type { ClientContext } from '../../domain/client-context.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'

export type ReadContext = { readonly kind: 'valid'; readonly context: ClientContext } | { readonly kind: 'invalid'; readonly problem: string }

const MAX_LENGTH = 16_384
const MAX_DEPTH = 6
const ID = /^[\w.:@/-]{1,128}$/

function depthOf(value: JsonValue | undefined): number {
  if (Array.isArray(value)) return 1 + Math.max(0, ...(value as readonly JsonValue[]).map(depthOf))
  return isJsonObject(value) ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
}

const invalid = (problem: string): ReadContext => ({ kind: 'invalid', problem })

function check(values: JsonObject): ReadContext {
  // 1MCP calls it `sessionId`.
  const id = values['id'] ?? values['sessionId']
  if (id !== undefined && (typeof id !== 'string' || !ID.test(id))) return invalid('Expected `id` of the request context to be 1–128 letters, digits and `_.:@/-`.')
  return { kind: 'valid', context: { id, values } }
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseJsonText(text as JsonText)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A request context as a client wrote it, in a header or in `_meta`. */
export function readContext(text: string): ReadContext {
  if (text.length > MAX_LENGTH) return invalid(`Expected the request context to have at most ${MAX_LENGTH} characters.`)
  const values = parse(text)
  if (!isJsonObject(values)) return invalid('Expected the request context to be a JSON object.')
  if (depthOf(values) > MAX_DEPTH) return invalid(`Expected the request context to be at most ${MAX_DEPTH} levels deep.`)
  return check(values)
}
