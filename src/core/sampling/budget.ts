import type { SamplingPolicy } from '../../domain/sampling-policy.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

interface Use {
  readonly at: number
  tokens: number
}

/** What one server has used of its budget. */
export interface SamplingBudget {
  /** Takes a request out of the budget; says instead what is used up. */
  take(policy: SamplingPolicy): { readonly kind: 'taken'; settle(tokens: number): void } | { readonly kind: 'refused'; readonly limit: 'requestsPerMinute' | 'tokensPerHour' }
}

/** `now` is in milliseconds. */
export function createSamplingBudget(now: () => number): SamplingBudget {
  let uses: readonly Use[] = []
  return {
    take({ requestsPerMinute, tokensPerHour, maxTokens }) {
      const at = now()
      uses = uses.filter((use) => at - use.at < HOUR_MS)
      if (uses.filter((use) => at - use.at < MINUTE_MS).length >= requestsPerMinute) return { kind: 'refused', limit: 'requestsPerMinute' }
      if (uses.reduce((sum, { tokens }) => sum + tokens, 0) + maxTokens > tokensPerHour) return { kind: 'refused', limit: 'tokensPerHour' }
      // Until it is known what it took, it may take all that it is allowed.
      const use: Use = { at, tokens: maxTokens }
      uses = [...uses, use]
      return { kind: 'taken', settle: (tokens) => void (use.tokens = tokens) }
    },
  }
}
