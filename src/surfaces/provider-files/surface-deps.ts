import type { ExchangeService } from '../../core/exchange/index.ts'

export interface ProviderFilesSurfaceDeps {
  readonly exchanges: ExchangeService
  /** Longest pause between two pieces of a body; read per request. */
  bodyLimits(): { readonly idleMs: number }
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number
}
