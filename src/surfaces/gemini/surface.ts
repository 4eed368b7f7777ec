import type { ExchangeService } from '../../core/exchange/index.ts'
import type { BodyLimits, HttpSurface } from '../http/index.ts'
import { createCallRoute } from './call-route.ts'
import { createMissingRoutes } from './missing-routes.ts'

export interface GeminiSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
}

/** The calls of the Gemini API, under `/v1beta` and, for newer SDKs, under `/v1`. Its lists of models are with those of the others. */
export function createGeminiSurface({ exchanges, bodyLimits, stalledMs }: GeminiSurfaceDeps): HttpSurface {
  const deps = { exchanges, bodyLimits, stalledMs }
  const calls = [createCallRoute('/v1beta/models/{call+}', deps), createCallRoute('/v1/models/{call+}', deps)]
  return { name: 'google-generate-content', routes: [...calls, ...createMissingRoutes(createCallRoute('/v1beta/{call+}', deps))] }
}
