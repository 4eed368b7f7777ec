import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readCount } from '../read-count.ts'

const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** `{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3}`: the totals include cached and reasoning tokens. */
export function decodeUsage(raw: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(raw)) return undefined
  const input = asObject(raw['input_tokens_details'])
  const output = asObject(raw['output_tokens_details'])
  return {
    input: { total: readCount(raw['input_tokens']), cacheRead: readCount(input['cached_tokens']), cacheWrite: readCount(input['cache_write_tokens']) },
    output: { total: readCount(raw['output_tokens']), reasoning: readCount(output['reasoning_tokens']) },
    raw,
  }
}

/** The same totals in this dialect's words. */
export function encodeUsage({ input, output }: Usage): JsonObject {
  return {
    input_tokens: input.total,
    input_tokens_details: { cached_tokens: input.cacheRead, cache_write_tokens: input.cacheWrite },
    output_tokens: output.total,
    output_tokens_details: { reasoning_tokens: output.reasoning },
    total_tokens: input.total + output.total,
  }
}
