import type { ExchangeService } from '../../core/exchange/index.ts'
import { openaiChat, openaiEmbeddings } from '../../dialects/index.ts'
import { createModelRoute, type BodyLimits, type ErrorRenderer, type HttpSurface } from '../http/index.ts'

export interface OpenaiChatSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
  /** How long a stream is silent before it is given a sign of life. */
  readonly keepAliveMs?: number
}

/** The official SDKs read the request's id from a header, not from the body. */
const renderError: ErrorRenderer = (error, requestId) => ({ headers: { 'x-request-id': requestId }, body: openaiChat.error.encode(error, requestId) })

/** `POST /v1/chat/completions` and `POST /v1/embeddings`. */
export function createOpenaiChatSurface({ exchanges, bodyLimits, stalledMs, keepAliveMs }: OpenaiChatSurfaceDeps): HttpSurface {
  const completions = createModelRoute({
    codec: openaiChat,
    path: '/v1/chat/completions',
    exchanges,
    bodyLimits,
    renderError,
    stalledMs,
    keepAliveMs,
  })
  const embeddings = createModelRoute({ codec: openaiEmbeddings, path: '/v1/embeddings', operation: 'embed', exchanges, bodyLimits, renderError, stalledMs })
  return { name: 'openai-chat', routes: [completions, embeddings] }
}
