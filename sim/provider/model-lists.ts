import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../../src/lib/json.ts'

const CREATED = 1_760_000_000
const CREATED_TEXT = '2025-10-09T08:53:20Z'

const openaiModel = (id: string): JsonObject => ({ id, object: 'model', created: CREATED, owned_by: 'simulator' })

const anthropicModel = (id: string): JsonObject => ({ type: 'model', id, display_name: id, created_at: CREATED_TEXT, max_input_tokens: 200_000, max_tokens: 64_000 })

const geminiModel = (id: string): JsonObject => ({
  name: `models/${id}`,
  version: '001',
  displayName: id,
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
})

const ollamaModel = (id: string): JsonObject => ({
  name: id,
  model: id,
  modified_at: CREATED_TEXT,
  size: 1_000,
  digest: '0'.repeat(64),
  details: { parent_model: '', format: 'gguf', family: 'simulator', families: ['simulator'], parameter_size: '1B', quantization_level: 'Q4_0' },
})

const listAnthropic = (ids: readonly string[]): JsonObject => ({
  data: ids.map(anthropicModel),
  has_more: false,
  first_id: ids[0] ?? null,
  last_id: ids.at(-1) ?? null,
})

/** The family is told by the path and, under `/v1/models`, by the headers. */
function familyOf(path: string, headers: IncomingHttpHeaders): 'openai' | 'anthropic' | 'google' {
  if (path.startsWith('/v1beta/') || headers['x-goog-api-key'] !== undefined) return 'google'
  return headers['anthropic-version'] === undefined ? 'openai' : 'anthropic'
}

const ONE = { openai: openaiModel, anthropic: anthropicModel, google: geminiModel } as const
const MANY = {
  openai: (ids: readonly string[]): JsonObject => ({ object: 'list', data: ids.map(openaiModel) }),
  anthropic: listAnthropic,
  google: (ids: readonly string[]): JsonObject => ({ models: ids.map(geminiModel) }),
} as const

/** What a `GET` says about models or the program; undefined for other paths and models that are not there. */
export function describeModels(path: string, headers: IncomingHttpHeaders, ids: readonly string[]): JsonObject | undefined {
  if (path === '/api/tags') return { models: ids.map(ollamaModel) }
  if (path === '/api/version') return { version: '0.13.0' }
  const found = /^\/v1(?:beta)?\/models(?:\/(.+))?$/.exec(path)
  if (!found) return undefined
  const family = familyOf(path, headers)
  if (found[1] === undefined) return MANY[family](ids)
  const id = decodeURIComponent(found[1])
  return ids.includes(id) ? ONE[family](id) : undefined
}
