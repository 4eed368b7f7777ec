import { findCodec, findTurns, type CanonicalAnswer, type SealCarrier } from '../../dialects/index.ts'
import type { JsonObject } from '../../lib/json.ts'

/** The conversation stays in one dialect: what seals a thought goes back as it came. */
const VERBATIM: SealCarrier = { wrap: (payload) => payload, open: (envelope) => envelope, openText: () => undefined }

/** The message that says an answer again, with its thoughts as the provider wants them back. */
export function wireOfAnswer(answer: CanonicalAnswer): readonly JsonObject[] {
  const context = { origin: { provider: '', model: answer.model }, seals: VERBATIM, wantsUsage: false, estimateInputTokens: () => 0 }
  const encoded = findCodec('openai-chat')?.translation.encodeAnswer(answer, context).value
  return encoded === undefined ? [] : (findTurns('openai-chat')?.replay(encoded) ?? [])
}

/** A message that is no more than its text needs no second form. */
export function withoutPlain(wire: readonly JsonObject[], text: string): readonly JsonObject[] {
  const [only, ...more] = wire
  const isPlain = only !== undefined && more.length === 0 && Object.keys(only).length === 2 && only['content'] === text
  return isPlain ? [] : wire
}
