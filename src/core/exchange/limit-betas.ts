import { planBetas, stripBetas, type BetaPlan, type ScannedBody } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { Target } from '../../domain/route.ts'
import type { LlmUpstream, WireHeaders } from '../../upstreams/llm/index.ts'

interface BetaQuestion {
  readonly dialect: Dialect
  readonly body: ScannedBody
  readonly headers: WireHeaders
}

/** What of a request its provider's betas do not cover; undefined where all of it is taken, and for another dialect. Throws `invalid_request`. */
export function findUnknownBetas({ dialect, body, headers }: BetaQuestion, { model }: Target, upstream: LlmUpstream): BetaPlan | undefined {
  const { betas, hasThreads = false } = upstream.quirksFor(model)
  return dialect === 'anthropic-messages' ? planBetas(body, headers, { betas, hasThreads }) : undefined
}

/** The headers and the body as the provider takes them. */
export function limitBetas(headers: WireHeaders, body: readonly Uint8Array[], plan: BetaPlan | undefined): { readonly headers: WireHeaders; readonly body: readonly Uint8Array[] } {
  if (!plan) return { headers, body }
  const { 'anthropic-beta': _all, ...others } = headers
  return { headers: plan.header === undefined ? others : { ...others, 'anthropic-beta': plan.header }, body: stripBetas(body, plan) }
}
