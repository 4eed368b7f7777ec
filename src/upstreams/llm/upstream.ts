import type { DialectQuirks } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'

/** Lower-case names, as they travel. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>

export interface LlmWireRequest {
  readonly dialect: Dialect
  readonly operation: 'generate' | 'count-tokens' | 'embed'
  readonly model: string
  /** Headers the client's dialect wants carried; never its credentials. */
  readonly headers: WireHeaders
  /** The body in pieces, so that an edit of a large one copies nothing. */
  readonly body: readonly Uint8Array[]
  readonly signal: AbortSignal
}

/**
 * Where an answer goes, piece by piece. Callbacks rather than web streams: what a
 * chunk costs is mostly how it is moved. After `end` or `fail` nothing more comes.
 */
export interface AnswerSink {
  head(status: number, headers: WireHeaders): void
  /** False asks the upstream to wait for the resume that `send` returned. */
  chunk(bytes: Uint8Array): boolean
  /** The upstream ended its answer properly. */
  end(): void
  /**
   * It did not. `upstream_unavailable`: no byte of an answer came, and `details.reusedSocket` tells that a kept-alive
   * connection was closed under the request; `upstream_timeout`, `upstream_interrupted`, `upstream_protocol`, `cancelled`.
   */
  fail(error: GatewayError): void
}

/** A request under way. */
export interface SentRequest {
  /** Goes on after a chunk that was answered with false. */
  resume(): void
  /** Content has been seen: the first-token timer ends and the idle timer rules. */
  contentStarted(): void
}

/** `created` is in Unix seconds, where the provider tells it. */
export interface ListedModel {
  readonly id: string
  readonly created?: number
}

/**
 * One configured provider account. It adds credentials and the address, sends
 * bytes, and hands on bytes; it does not translate, retry, or choose models.
 */
export interface LlmUpstream extends AsyncDisposable {
  readonly id: ProviderId
  /** Dialects spoken for this model, most native first. */
  dialectsFor(model: string): readonly [Dialect, ...Dialect[]]
  /** How the provider departs from its dialect; nothing when it does not. */
  readonly quirks?: DialectQuirks
  /** The last good list at once where there is one, renewed behind it. Throws a `GatewayError` when there is none and the provider cannot be asked. */
  listModels(signal: AbortSignal): Promise<readonly ListedModel[]>
  /** Tells the sink nothing but a failure before it returns. */
  send(request: LlmWireRequest, sink: AnswerSink): SentRequest
  /** Takes no new request and settles when those in flight have finished; for a provider that a reload replaced. Disposing cuts them. */
  retire(): Promise<void>
}
