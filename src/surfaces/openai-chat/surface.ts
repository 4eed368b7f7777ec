import type { ExchangeService } from '../../core/exchange/index.ts'
import { openaiChat } from '../../dialects/index.ts'
import { createModelRoute, type BodyLimits, type HttpSurface } from '../http/index.ts'

export interface OpenaiChatSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
}

/** `POST /v1/chat/completions`. */
export function createOpenaiChatSurface({ exchanges, bodyLimits, stalledMs }: OpenaiChatSurfaceDeps): HttpSurface {
  const completions = createModelRoute({
    codec: openaiChat,
    path: '/v1/chat/completions',
    exchanges,
    bodyLimits,
    // The official SDKs read the request's id from a header, not from the body.
    renderError: (error, requestId) => ({ headers: { 'x-request-id': requestId }, body: openaiChat.error.encode(error, requestId) }),
    stalledMs,
  })
  return { name: 'openai-chat', routes: [completions] }
}
