import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { Endpoint } from './endpoint.ts'

const DIMENSIONS = 8

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

/** The same text has the same vector, and another text most likely another one. */
function vectorOf(text: string, dimensions: number): readonly number[] {
  let state = 17
  for (const letter of text) state = (state * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return Array.from({ length: dimensions }, (_, index) => (((state + 1) * (index + 3) * 7919) % 2000) / 1000 - 1)
}

const toBase64 = (vector: readonly number[]): string => Buffer.from(new Float32Array(vector).buffer).toString('base64')

function dimensionsOf(request: JsonObject): number {
  const asked = request['dimensions'] ?? request['outputDimensionality']
  return typeof asked === 'number' ? asked : DIMENSIONS
}

export function writeEmbeddings({ dialect, action }: Endpoint, model: string, request: JsonObject, tokens: number): JsonObject {
  const vectors = embeddingTexts(request).map((text) => vectorOf(text, dimensionsOf(request)))
  if (dialect === 'ollama-chat') return { model, embeddings: vectors, total_duration: 3_000_000, load_duration: 1_000_000, prompt_eval_count: tokens }
  if (dialect === 'google-generate-content') {
    const embeddings = vectors.map((values) => ({ values }))
    return action === 'batch-embed' ? { embeddings } : { embedding: embeddings[0] }
  }
  const asText = request['encoding_format'] === 'base64'
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: asText ? toBase64(vector) : vector }))
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}
