import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readCount } from '../read-count.ts'

/**
 * `{"input_tokens":9,"cache_read_input_tokens":4,"cache_creation_input_tokens":0,"output_tokens":3}`: the input excludes
 * what was read from and written to the cache, the output includes thinking.
 */
export function decodeUsage(raw: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(raw)) return undefined
  const cacheRead = readCount(raw['cache_read_input_tokens'])
  const cacheWrite = readCount(raw['cache_creation_input_tokens'])
  const details = raw['output_tokens_details']
  const written = raw['cache_creation']
  const cacheWriteHour = isJsonObject(written) ? readCount(written['ephemeral_1h_input_tokens']) : 0
  return {
    input: { total: readCount(raw['input_tokens']) + cacheRead + cacheWrite, cacheRead, cacheWrite, ...(cacheWriteHour > 0 ? { cacheWriteHour } : {}) },
    output: {
      total: readCount(raw['output_tokens']),
      reasoning: isJsonObject(details) ? readCount(details['thinking_tokens']) : 0,
    },
    raw,
  }
}

/**
 * A later report of a stream over an earlier one: its counts are cumulative and often a part of the members only. A zero
 * or null takes nothing back; compatible servers write it where they mean that they do not say.
 */
export function mergeUsage(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  const said = Object.entries(later).filter(([key, value]) => {
    const isEmpty = value === null || value === undefined || value === 0
    return !isEmpty || earlier?.[key] === undefined || earlier[key] === null
  })
  return { ...earlier, ...Object.fromEntries(said) }
}

/** The same totals in this dialect's words, in which the input excludes the cache. Never below zero. */
export function encodeUsage({ input, output }: Usage): JsonObject {
  return {
    input_tokens: Math.max(0, input.total - input.cacheRead - input.cacheWrite),
    cache_creation_input_tokens: input.cacheWrite,
    cache_read_input_tokens: input.cacheRead,
    output_tokens: output.total,
    ...(output.reasoning > 0 ? { output_tokens_details: { thinking_tokens: output.reasoning } } : {}),
  }
}
