import type { RequestFacts, ScannedBody, TranslationPlan } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { Principal } from '../identity/index.ts'

/** One client request to a model, as the surface hands it over. */
export interface ExchangeRequest {
  readonly id: ExchangeId
  readonly requestId: string
  /** Name of the surface, for the ledger. */
  readonly surface: string
  readonly principal: Principal
  readonly dialect: Dialect
  readonly facts: RequestFacts
  readonly body: ScannedBody
  /** Headers that the client's dialect carries to a provider. */
  readonly headers: WireHeaders
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * The client's end of an exchange. Nothing reaches it before the answer is committed; then `head` comes once, `chunk`
 * as often as needed, and exactly one of `end` and `fail`. A failure before `head` is not told here but by `run`.
 */
export interface ExchangeClient {
  head(status: number, headers: WireHeaders): void
  /** False asks to wait for the listener given to `onceDrained`. */
  chunk(bytes: Uint8Array): boolean
  onceDrained(listener: () => void): void
  end(): void
  /** The answer broke off: say so in the client's own protocol, and do not end it as if it were whole. */
  fail(error: GatewayError): void
}

export type AttemptOutcome = 'answered' | 'failed' | 'cancelled' | 'interrupted'

/** One try of one target. An exchange stops trying once a byte has reached the client. */
export interface Attempt {
  readonly target: Target
  readonly plan: TranslationPlan
  readonly outcome: AttemptOutcome
  /** HTTP status of the provider; 0 when none came. */
  readonly status: number
  readonly usage: Usage | undefined
  readonly error: GatewayError | undefined
}

/** A provider's answer to a question that is no exchange: nothing was generated and nothing is recorded. */
export interface CountAnswer {
  readonly status: number
  readonly headers: WireHeaders
  readonly body: Uint8Array
}

export interface ExchangeService {
  /**
   * Answers into the client. Settles after the last byte with every attempt made. Rejects with a `GatewayError` when
   * nothing was sent to the client, which the surface renders; `details.attempts` says how many attempts were made.
   */
  run(request: ExchangeRequest, client: ExchangeClient): Promise<readonly Attempt[]>
  /**
   * Asks the first provider that can, in the client's own dialect; the next one when it is sick. Rejects with `not_found` when no
   * provider of the model can count.
   */
  countTokens(request: ExchangeRequest): Promise<CountAnswer>
}
