import type { BegunResponse } from '../../dialects/index.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { ResponseStore, RunStore } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ExchangeClient, ExchangeRequest, ExchangeService, WireHeaders } from '../exchange/index.ts'
import type { Principal } from '../identity/index.ts'
import type { ResponseSettings } from './settings.ts'

/** A question about a response that is stored somewhere. */
export interface ResponseQuestion {
  readonly id: string
  readonly principal: Principal
  readonly requestId: string
  readonly query: URLSearchParams
  readonly headers: WireHeaders
  readonly signal: AbortSignal
}

export interface ResponsesDeps {
  readonly exchanges: ExchangeService
  readonly store: ResponseStore
  readonly runs: RunStore
  readonly logger: Logger
  /** What differs from the defaults. */
  readonly settings?: Partial<ResponseSettings>
  readonly now?: () => Date
}

/** The client's end of an answer; `begun` is what it has been told when its stream breaks off. */
export type OpenClient = (begun: () => BegunResponse | undefined) => ExchangeClient

/**
 * The responses of this gateway's clients. Answers about stored ones are JSON text, or undefined when the provider that has
 * the response has answered into the client. Everything rejects with `not_found` for an id that is not the principal's.
 */
export interface Responses extends AsyncDisposable {
  /** Answers a request for a response; JSON text when it now runs in the background. Rejects as `ExchangeService.run` does. */
  answer(request: ExchangeRequest, open: OpenClient): Promise<JsonText | undefined>
  /** The same request with what it refers to: the conversation so far, or the provider that has it. */
  resolve(request: ExchangeRequest): Promise<ExchangeRequest>
  retrieve(question: ResponseQuestion, client: ExchangeClient): Promise<JsonText | undefined>
  remove(question: ResponseQuestion, client: ExchangeClient): Promise<JsonText | undefined>
  cancel(question: ResponseQuestion, client: ExchangeClient): Promise<JsonText | undefined>
  listInput(question: ResponseQuestion, client: ExchangeClient): Promise<JsonText | undefined>
  /** Goes on with what an earlier process left unfinished, and ends what cannot be gone on with; once, before anything is served. */
  recover(): Promise<void>
}
