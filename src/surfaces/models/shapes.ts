import type { ModelSizes, PublicModel } from '../../core/routing/index.ts'
import type { JsonObject } from '../../lib/json.ts'

/** How a protocol family writes models and lists of them. */
export interface ModelShape {
  one(model: SizedModel): JsonObject
  list(models: readonly SizedModel[], query: URLSearchParams): JsonObject
}

/** A model with what it can take and give, where that is known. */
export type SizedModel = PublicModel & ModelSizes

/** OpenAI itself tells no sizes; these are the names that servers compatible with it use. */
export const openaiShape: ModelShape = {
  one: ({ name, owner, created, contextTokens, outputTokens }) => ({
    id: name,
    object: 'model',
    created,
    owned_by: owner,
    ...(contextTokens === undefined ? {} : { context_window: contextTokens }),
    ...(outputTokens === undefined ? {} : { max_completion_tokens: outputTokens }),
  }),
  list: (models) => ({ object: 'list', data: models.map((model) => openaiShape.one(model)) }),
}

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000

function readLimit(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, MAX_LIMIT) : DEFAULT_LIMIT
}

/** @see https://docs.anthropic.com/en/api/models-list */
export const anthropicShape: ModelShape = {
  one: ({ name, created, contextTokens = null, outputTokens = null }) => ({
    type: 'model',
    id: name,
    display_name: name,
    created_at: new Date(created * 1000).toISOString(),
    max_input_tokens: contextTokens,
    max_tokens: outputTokens,
    capabilities: null,
    lifecycle: 'active',
    line: null,
    deprecated_at: null,
    retires_at: null,
  }),
  list(models, query) {
    const after = query.get('after_id')
    const before = query.get('before_id')
    const start = after === null ? 0 : models.findIndex(({ name }) => name === after) + 1
    const stop = before === null ? models.length : models.findIndex(({ name }) => name === before)
    const limit = readLimit(query)
    const end = stop < 0 ? models.length : stop
    const range = models.slice(start, end)
    const page = before === null ? range.slice(0, limit) : range.slice(-limit)
    return {
      data: page.map((model) => anthropicShape.one(model)),
      has_more: page.length < range.length,
      first_id: page[0]?.name ?? null,
      last_id: page.at(-1)?.name ?? null,
    }
  },
}
