import type { ExchangeService } from '../../core/exchange/index.ts'
import type { Responses } from '../../core/responses/index.ts'
import type { BodyLimits } from '../http/index.ts'

export interface OpenaiResponsesSurfaceDeps {
  readonly exchanges: ExchangeService
  readonly responses: Responses
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
  /** How long a stream is silent before it is given a sign of life. */
  readonly keepAliveMs?: number
}
