import type { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { encodeFailure } from './error.ts'
import { echoRequest, writeResponse } from './response.body.ts'

export interface QueuedResponse {
  readonly id: string
  readonly model: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly previousId: string | undefined
}

/** A response that runs in the background and has said nothing yet. */
export function writeQueued(request: JsonObject, { id, model, createdAt, previousId }: QueuedResponse): JsonObject {
  const echo = { ...echoRequest(request), background: true, ...(previousId === undefined ? {} : { previous_response_id: previousId }) }
  return writeResponse({ id, model, createdAt, status: 'queued', output: [], usage: undefined, echo })
}

/** The same response once it has ended without an answer. */
export function writeEnded(response: JsonObject, how: 'cancelled' | GatewayError): JsonObject {
  return { ...response, status: how === 'cancelled' ? 'cancelled' : 'failed', error: how === 'cancelled' ? null : encodeFailure(how) }
}
