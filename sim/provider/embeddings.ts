import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { Endpoint } from './endpoint.ts'
import { vectorOf } from './word-vectors.ts'

const DIMENSIONS = 64

function itemsOf(request: JsonObject): readonly JsonValue[] {
  if (Array.isArray(request['requests'])) return request['requests'] as readonly JsonValue[]
  const given = request['input'] ?? request['content'] ?? ''
  const isList = Array.isArray(given) && typeof given[0] !== 'number'
  return isList ? (given as readonly JsonValue[]) : [given]
}

/** Texts to embed, whatever the dialect calls them; tokens count as their JSON text. */
export function embeddingTexts(request: JsonObject): readonly string[] {
  return itemsOf(request).map((item) => (typeof item === 'string' ? item : JSON.stringify(isJsonObject(item) && item['content'] !== undefined ? item['content'] : item)))
}

const toBase64 = (vector: readonly number[]): string => Buffer.from(new Float32Array(vector).buffer).toString('base64')

function dimensionsOf(request: JsonObject, scripted: number | undefined): number {
  const asked = scripted ?? request['dimensions'] ?? request['outputDimensionality']
  return typeof asked === 'number' ? asked : DIMENSIONS
}

export interface EmbeddingAnswer {
  readonly model: string
  readonly tokens: number
  /** Whatever was asked for. */
  readonly dimensions: number | undefined
}

export function writeEmbeddings({ dialect, action }: Endpoint, request: JsonObject, { model, tokens, dimensions }: EmbeddingAnswer): JsonObject {
  const vectors = embeddingTexts(request).map((text) => vectorOf(text, dimensionsOf(request, dimensions)))
  if (dialect === 'ollama-chat') return { model, embeddings: vectors, total_duration: 3_000_000, load_duration: 1_000_000, prompt_eval_count: tokens }
  if (dialect === 'google-generate-content') {
    const embeddings = vectors.map((values) => ({ values }))
    return action === 'batch-embed' ? { embeddings } : { embedding: embeddings[0] }
  }
  const asText = request['encoding_format'] === 'base64'
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: asText ? toBase64(vector) : vector }))
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}
