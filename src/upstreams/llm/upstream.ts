import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { ModelFacts } from '../../domain/model-facts.ts'
import type { ProviderKind } from '../../domain/provider.ts'

/** Lower-case names, as they travel. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>

/** `{"method":"GET","path":"/resp_1/input_items?limit=2"}`: the path follows that of all stored answers. */
export interface StoredOperation {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
}

export interface LlmWireRequest {
  readonly dialect: Dialect
  readonly operation: 'generate' | 'count-tokens' | 'embed' | 'compact' | 'stored'
  /** What to do with an answer that the provider stored, for the operation of that name. */
  readonly stored?: StoredOperation
  readonly model: string
  /** Whether the answer shall come as a stream; the body says it too where the dialect has a word for it there. */
  readonly stream: boolean
  /** Headers the client's dialect wants carried; never its credentials. */
  readonly headers: WireHeaders
  /** The body in pieces, so that an edit of a large one copies nothing. */
  readonly body: readonly Uint8Array[]
  readonly signal: AbortSignal
}

/** A request for what a provider keeps for its account: batches, files, skills. */
export interface ForwardRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the base address, with its query: `/files?limit=2`. */
  readonly path: string
  /** Headers the client wants carried; never its credentials. */
  readonly headers: WireHeaders
  /** Undefined for none. It is read while it is sent, and never kept. */
  readonly body: AsyncIterable<Uint8Array> | undefined
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
  readonly kind: ProviderKind
  /** Dialects spoken for this model, most native first. */
  dialectsFor(model: string): readonly [Dialect, ...Dialect[]]
  /** How the provider departs from its dialect for this model; empty when it does not. */
  quirksFor(model: string): DialectQuirks
  /** Price, sizes and abilities of this model; undefined where nothing is known. */
  factsFor(model: string): ModelFacts | undefined
  /** The last good list at once where there is one, renewed behind it. Throws a `GatewayError` when there is none and the provider cannot be asked. */
  listModels(signal: AbortSignal): Promise<readonly ListedModel[]>
  /** Tells the sink nothing but a failure before it returns. */
  send(request: LlmWireRequest, sink: AnswerSink): SentRequest
  /** Sends what the client wrote, to an address that the client named, with the provider's credential. Throws `not_found` where nothing is kept. */
  forward(request: ForwardRequest, sink: AnswerSink): SentRequest
  /** Takes no new request and settles when those in flight have finished; for a provider that a reload replaced. Disposing cuts them. */
  retire(): Promise<void>
}
