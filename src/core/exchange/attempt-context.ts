import type { BetaPlan, DialectCodec } from '../../dialects/index.ts'
import type { Target } from '../../domain/route.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { ExchangeClient } from './exchange.ts'
import type { ExchangeSettings } from './settings.ts'
import type { Translation } from './translate-request.ts'

/** What an attempt knows that its answer does not say. */
export interface AttemptContext {
  readonly target: Target
  /** Of the dialect that the provider is spoken to in. */
  readonly codec: DialectCodec
  /** Undefined when the client speaks it too. */
  readonly translation: Translation | undefined
  /** What of the client's betas the provider does not know; undefined when it knows all. */
  readonly betas: BetaPlan | undefined
  readonly wantsStream: boolean
  readonly dropsUsage: boolean
  /** The provider could not open a thought that it had sealed itself; it gets none. */
  readonly dropsSeals: boolean
  readonly choices: number
  readonly settings: ExchangeSettings
  readonly client: ExchangeClient
  /** The client's headers for an answer of this attempt. */
  answerHeaders(headers: WireHeaders): WireHeaders
}
