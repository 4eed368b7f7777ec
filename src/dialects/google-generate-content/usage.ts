import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { findCount, type AnswerLosses } from '../canonical/answer-losses.ts'
import { readCount } from '../read-count.ts'

/**
 * `{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":2}`: the prompt includes what was
 * cached, the candidates exclude what was thought.
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function decodeUsage(raw: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(raw)) return undefined
  const reasoning = readCount(raw['thoughtsTokenCount'])
  return {
    input: { total: readCount(raw['promptTokenCount']) + readCount(raw['toolUsePromptTokenCount']), cacheRead: readCount(raw['cachedContentTokenCount']), cacheWrite: 0 },
    output: { total: readCount(raw['candidatesTokenCount']) + reasoning, reasoning },
    raw,
  }
}

/** What was written to a cache is part of the prompt here, and has no count of its own. */
export function encodeUsage({ input, output, raw }: Usage, losses: AnswerLosses): JsonObject {
  if (input.cacheWrite > 0) losses.dropped(pathOfWrites(raw), 'counted as part of the prompt; the client’s dialect has no count of what was written to a cache')
  const candidates = Math.max(output.total - output.reasoning, 0)
  return {
    promptTokenCount: input.total,
    ...(input.cacheRead > 0 ? { cachedContentTokenCount: input.cacheRead } : {}),
    candidatesTokenCount: candidates,
    ...(output.reasoning > 0 ? { thoughtsTokenCount: output.reasoning } : {}),
    totalTokenCount: input.total + candidates + output.reasoning,
  }
}

/** Anthropic and OpenAI have their own names for it. */
const pathOfWrites = (raw: JsonObject | undefined): string => findCount(raw, /^cache_(?:creation_input|write)_tokens$/, '/usage') ?? '/usage'
