import type { DialectCodec } from '../../dialects/index.ts'
import type { Target } from '../../domain/route.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { ExchangeClient } from './exchange.ts'
import type { ExchangeSettings } from './settings.ts'

/** What an attempt knows that its answer does not say. */
export interface AttemptContext {
  readonly target: Target
  readonly codec: DialectCodec
  readonly wantsStream: boolean
  readonly dropsUsage: boolean
  readonly choices: number
  readonly settings: ExchangeSettings
  readonly client: ExchangeClient
  /** The client's headers for an answer of this attempt. */
  answerHeaders(headers: WireHeaders): WireHeaders
}
