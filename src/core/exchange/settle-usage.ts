import type { Usage } from '../../domain/usage.ts'
import { estimateTokens } from '../routing/index.ts'
import type { AnswerSample } from './answer-sample.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { ExchangeRequest } from './exchange.ts'

/** A report that came with the end of an answer is the provider's last word; any before it is about what had been said by then. */
const isFinal = ({ kind }: AttemptResult): boolean => kind === 'answered'

/** An estimate is not better than a count that it is near to; Anthropic’s first report counts one token of all that follow. */
const TRUST = 2

function estimateInput(request: ExchangeRequest, { translation }: AttemptContext): number {
  return translation?.answer.estimateInputTokens() ?? estimateTokens(request.body.pieces)
}

/**
 * The result with usage in any case: what ran is billed, told or not. Where the provider told none, or broke off before it had
 * told all, there is an estimate that says that it is one. What failed before an answer began cost nothing.
 */
export function settleUsage(result: AttemptResult, sample: AnswerSample, request: ExchangeRequest, context: AttemptContext): AttemptResult {
  if (result.kind === 'failed' || (result.usage && isFinal(result))) return result
  const told = result.usage
  const output = request.operation === 'embed' ? { total: 0, reasoning: 0 } : sample.estimate(context.codec, context.wantsStream)
  if (told && output.total <= told.output.total * TRUST) return result
  const usage: Usage = {
    input: told?.input ?? { total: estimateInput(request, context), cacheRead: 0, cacheWrite: 0 },
    output: { total: output.total, reasoning: Math.max(output.reasoning, told?.output.reasoning ?? 0) },
    raw: told?.raw,
  }
  return { ...result, usage, isEstimate: true }
}
