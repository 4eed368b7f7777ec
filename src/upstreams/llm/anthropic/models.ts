import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import type { ListedModel } from '../upstream.ts'

/** `{"data":[{"type":"model","id":"…","created_at":"2026-02-19T00:00:00Z"}],"has_more":false}`; compatible servers may write OpenAI's `created`. */
export function readModels(answer: JsonValue): readonly ListedModel[] | undefined {
  const entries = isJsonObject(answer) ? answer['data'] : undefined
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry: JsonValue): readonly ListedModel[] => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return []
    const { id, created_at: createdAt, created } = entry
    const seconds = typeof createdAt === 'string' ? Date.parse(createdAt) / 1000 : created
    return [typeof seconds === 'number' && Number.isFinite(seconds) ? { id: id as string, created: seconds } : { id: id as string }]
  })
}
