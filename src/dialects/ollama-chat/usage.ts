import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'
import { readCount } from '../read-count.ts'

/** `{"prompt_eval_count":9,"eval_count":3}` at the end of an answer. What was cached is left out of the prompt and told nowhere. */
export function decodeUsage(answer: JsonObject): Usage | undefined {
  const { prompt_eval_count: prompt, eval_count: output } = answer
  if (prompt === undefined && output === undefined) return undefined
  return {
    input: { total: readCount(prompt), cacheRead: 0, cacheWrite: 0 },
    output: { total: readCount(output), reasoning: 0 },
    raw: { ...(prompt === undefined ? {} : { prompt_eval_count: prompt }), ...(output === undefined ? {} : { eval_count: output }) },
  }
}

export function encodeUsage({ input, output }: Usage): JsonObject {
  return { prompt_eval_count: input.total, eval_count: output.total }
}
