import type { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { decodeOpenaiError, decodeOpenaiFault, findOpenaiShape, writeOpenaiError, type OpenaiErrorTerms } from '../openai-errors.ts'
import { writeSseEvent } from '../sse/index.ts'

const TERMS: OpenaiErrorTerms = {
  conversation: 'input',
  // Codex tries again by this word and by no other.
  isBusy: ({ code }) => code === 'upstream_unavailable' || code === 'gateway_draining',
}

export const encodeError = (error: GatewayError, requestId: string): string => writeOpenaiError(error, requestId, TERMS)

/** The `error` member of a failed response; `invalid_prompt` is the dialect's word for a request that cannot be answered. */
export function encodeFailure(error: GatewayError): JsonObject {
  const shape = findOpenaiShape(error, TERMS)
  return { code: shape ? (shape.code ?? 'invalid_prompt') : 'server_error', message: error.message }
}

/** What the client knows of a stream that has begun: its response as last told, and the number of the last event. */
export interface BegunResponse {
  readonly response: JsonObject
  readonly sequenceNumber: number
}

/** Codex loses the words of a bare `error` event, so a stream ends with a failed response. Without one that had begun there is only its id. */
export function encodeFailedResponse(error: GatewayError, requestId: string, begun?: BegunResponse): string {
  const known: JsonObject = begun?.response ?? { id: `resp_${requestId.replace(/^req_/, '')}`, object: 'response', created_at: 0, model: '', output: [] }
  const response = { ...known, status: 'failed', error: encodeFailure(error), incomplete_details: null }
  const data = { type: 'response.failed', sequence_number: (begun?.sequenceNumber ?? -1) + 1, response }
  return writeSseEvent({ event: 'response.failed', data: JSON.stringify(data) })
}

export const decodeFault = decodeOpenaiFault

export const decodeError = decodeOpenaiError
