import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readCount } from '../read-count.ts'

function readDetails(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

/** `{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}`: the totals include cached and reasoning tokens. */
export function decodeUsage(raw: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(raw)) return undefined
  const input = readDetails(raw['prompt_tokens_details'])
  const output = readDetails(raw['completion_tokens_details'])
  return {
    input: {
      total: readCount(raw['prompt_tokens']),
      // DeepSeek reports hits beside the total instead of in the details.
      cacheRead: readCount(input['cached_tokens']) || readCount(raw['prompt_cache_hit_tokens']),
      cacheWrite: readCount(input['cache_write_tokens']),
    },
    output: { total: readCount(raw['completion_tokens']), reasoning: readCount(output['reasoning_tokens']) },
    raw,
  }
}

/** The same totals in this dialect's words. */
export function encodeUsage({ input, output }: Usage): JsonObject {
  return {
    prompt_tokens: input.total,
    completion_tokens: output.total,
    total_tokens: input.total + output.total,
    prompt_tokens_details: { cached_tokens: input.cacheRead, ...(input.cacheWrite > 0 ? { cache_write_tokens: input.cacheWrite } : {}) },
    completion_tokens_details: { reasoning_tokens: output.reasoning },
  }
}
