import type { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { maskKeys } from '../../lib/mask-keys.ts'
import type { UpstreamFault } from '../fault.ts'

/** `{"error":"…"}` */
export function encodeError(error: GatewayError): string {
  return JSON.stringify({ error: error.message })
}

export function encodeErrorEvent(error: GatewayError): string {
  return `${encodeError(error)}\n`
}

/** `"model 'x' not found"`; servers that only speak like Ollama may say `{"message":"…"}`. */
export function decodeFault(error: JsonValue, status = 500): UpstreamFault {
  const said = isJsonObject(error) ? error['message'] : error
  return { message: maskKeys(typeof said === 'string' ? said : JSON.stringify(error)), type: undefined, code: undefined, status }
}

export function decodeError(status: number, body: string): UpstreamFault | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  return isJsonObject(parsed) ? decodeFault(parsed['error'] ?? 'no message', status) : undefined
}
