import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { ExchangeService } from '../../core/exchange/index.ts'
import { openaiChat } from '../../dialects/index.ts'
import { asGatewayError, type GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import type { BodyLimits, HttpRoute, HttpSurface } from '../http/index.ts'
import { ChatClient } from './chat-client.ts'
import { readChatRequest } from './read-request.ts'

export interface OpenaiChatSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
}

/** Once the gateway has tried, a client that tries again multiplies the attempts. */
function noteAttempts(response: ServerResponse, error: GatewayError): void {
  const { attempts } = error.details
  if (typeof attempts !== 'number' || response.headersSent) return
  response.setHeader('x-trunkline-attempts', String(attempts))
  if (attempts > 0) response.setHeader('x-should-retry', 'false')
}

/** `POST /v1/chat/completions`. */
export function createOpenaiChatSurface({ exchanges, bodyLimits, stalledMs }: OpenaiChatSurfaceDeps): HttpSurface {
  const completions: HttpRoute = {
    method: 'POST',
    path: '/v1/chat/completions',
    policy: 'models:use',
    renderError: (error, requestId) => ({ body: openaiChat.error.encode(error, requestId) }),
    async handle(request, response, { requestId, principal, logger, signal }) {
      const { body, facts } = await readChatRequest(request, bodyLimits())
      const client = new ChatClient(response, requestId, stalledMs)
      const headers = openaiChat.request.carryHeaders(request.headers)
      const id = `exc_${randomUUID().replaceAll('-', '')}` as ExchangeId
      try {
        await exchanges.run({ id, requestId, surface: 'openai-chat', principal, dialect: 'openai-chat', facts, body, headers, logger, signal }, client)
      } catch (thrown) {
        noteAttempts(response, asGatewayError(thrown))
        throw thrown
      }
    },
  }
  return { name: 'openai-chat', routes: [completions] }
}
