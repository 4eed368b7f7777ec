import type { ExchangeService } from '../../core/exchange/index.ts'
import { anthropicMessages } from '../../dialects/index.ts'
import { createModelRoute, type BodyLimits, type HttpSurface } from '../http/index.ts'
import { createCountRoute } from './count-route.ts'
import { createProbeRoutes } from './probe-routes.ts'
import { renderError } from './render-error.ts'

export interface AnthropicMessagesSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
  /** How long a stream is silent before it is given a sign of life. */
  readonly keepAliveMs?: number
}

/** `POST /v1/messages`, `POST /v1/messages/count_tokens`, and the probes of clients that speak this dialect. */
export function createAnthropicMessagesSurface({ exchanges, bodyLimits, stalledMs, keepAliveMs }: AnthropicMessagesSurfaceDeps): HttpSurface {
  const messages = createModelRoute({ codec: anthropicMessages, path: '/v1/messages', exchanges, bodyLimits, renderError, stalledMs, keepAliveMs })
  return { name: 'anthropic-messages', routes: [messages, createCountRoute({ exchanges, bodyLimits }), ...createProbeRoutes()] }
}
