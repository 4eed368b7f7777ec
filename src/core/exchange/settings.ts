/** What bounds an exchange. */
export interface ExchangeSettings {
  /** In total, over all targets. */
  readonly maxAttempts: number
  /** No attempt starts later than this after the first did. */
  readonly wallMs: number
  /** A provider that asks for a longer pause is not waited for. */
  readonly maxWaitMs: number
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** The preamble of a stream that is held back while no content has come. */
  readonly gateEvents: number
  readonly gateBytes: number
  /** A whole answer is held to its end up to this size, so that one that breaks off can be tried anew. */
  readonly wholeBytes: number
  /** Of an error answer no more is kept. */
  readonly errorBytes: number
}

export const DEFAULT_EXCHANGE_SETTINGS: ExchangeSettings = {
  maxAttempts: 3,
  wallMs: 60_000,
  maxWaitMs: 10_000,
  backoffBaseMs: 250,
  backoffMaxMs: 8_000,
  gateEvents: 64,
  gateBytes: 256 * 1024,
  wholeBytes: 1024 * 1024,
  errorBytes: 256 * 1024,
}
