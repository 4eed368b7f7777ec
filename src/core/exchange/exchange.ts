import type { RequestFacts, ScannedBody, TranslationPlan } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId, ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { StoredOperation, WireHeaders } from '../../upstreams/llm/index.ts'
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
  /** What the client itself wants done about losses; undefined leaves it to the configuration. */
  readonly onLoss?: 'report' | 'reject'
  /** What is asked for; an answer of the model without it. Anything else is never translated. */
  readonly operation?: 'embed' | 'compact'
  /** The only provider that may answer, in the client's own dialect: it has what the request refers to. */
  readonly onlyProvider?: ProviderId
  /** What the answer says of itself and repeats of the request beside what is in the body, in the client's dialect. */
  readonly echo?: JsonObject
  /** Tools of the gateway that the client wants used: names of presets and MCP servers with commas between them. */
  readonly tools?: string
  /** What is done for it is written down under this id, so that a run goes on after a restart where it was. */
  readonly durableId?: string
}

/** A question about an answer that a provider has stored. */
export interface StoredQuestion {
  readonly provider: ProviderId
  readonly model: string
  readonly dialect: Dialect
  readonly stored: StoredOperation
  readonly headers: WireHeaders
  readonly signal: AbortSignal
}

/** A question about what a provider keeps for its account: batches, files, skills. */
export interface KeptQuestion {
  /** Whose protocol the question is written in. */
  readonly vendor: 'anthropic' | 'openai'
  /** The one provider that is meant, where the client says so. */
  readonly provider?: string | undefined
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the provider's base address, with its query. */
  readonly path: string
  readonly headers: WireHeaders
  /** Undefined for none. */
  readonly body: AsyncIterable<Uint8Array> | undefined
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
  /** Millionths of a US dollar; undefined where the price is not known, or nothing was used. */
  readonly costMicros: number | undefined
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
   * Asks the first provider that can count, in the client's own dialect or another; the next one when it is sick. When no provider
   * of the model can, the count is an estimate, which the header `x-trunkline-token-count` says.
   */
  countTokens(request: ExchangeRequest): Promise<CountAnswer>
  /** The provider that would be asked first, if the client's dialect is its own; undefined when the request would be translated. */
  nativeProvider(request: ExchangeRequest): ProviderId | undefined
  /** Millionths of a US dollar for a token of the question, at least, whichever provider answers; undefined where the price of one is not known. */
  leastInputPrice(request: ExchangeRequest): number | undefined
  /**
   * Hands a question about a stored answer to the provider that has it, and its answer, whatever it is, to the client. Settles
   * with its status after the last byte. Rejects with a `GatewayError` when nothing was sent.
   */
  askStored(question: StoredQuestion, client: ExchangeClient): Promise<number>
  /**
   * The one provider that keeps what is asked about. Throws `not_found` when there is none, and `invalid_request` when there are
   * several and the client does not say which.
   */
  findKeeper(question: Pick<KeptQuestion, 'vendor' | 'provider'>): ProviderId
  /**
   * Hands a question to the provider that keeps the answer, as bytes in both directions; what it answers goes to the client as it is.
   * Settles with its status after the last byte. Rejects with a `GatewayError` when nothing was sent to the client.
   */
  forward(question: KeptQuestion, client: ExchangeClient): Promise<number>
}
