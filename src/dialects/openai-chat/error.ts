import type { GatewayError } from '../../domain/errors.ts'
import { decodeOpenaiError, decodeOpenaiFault, writeOpenaiError, type OpenaiErrorTerms } from '../openai-errors.ts'

const TERMS: OpenaiErrorTerms = {
  conversation: 'messages',
  // Where nobody answered, the gateway's own word says so.
  isBusy: ({ code, details }) => code === 'upstream_unavailable' && (details['status'] === 529 || details['status'] === 503),
}

export const encodeError = (error: GatewayError, requestId: string): string => writeOpenaiError(error, requestId, TERMS)

/** Clients throw at this event; no `[DONE]` may follow it. */
export function encodeErrorEvent(error: GatewayError, requestId: string): string {
  return `data: ${encodeError(error, requestId)}\n\n`
}

export const decodeFault = decodeOpenaiFault

export const decodeError = decodeOpenaiError
