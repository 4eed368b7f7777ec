import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import type { ListedModel } from '../upstream.ts'

/** `{"models":[{"name":"qwen3:8b","modified_at":"2026-02-19T00:00:00Z"}]}` */
export function readModels(answer: JsonValue): readonly ListedModel[] | undefined {
  const entries = isJsonObject(answer) ? answer['models'] : undefined
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry: JsonValue): readonly ListedModel[] => {
    if (!isJsonObject(entry) || typeof entry['name'] !== 'string') return []
    const { name: id, modified_at: modifiedAt } = entry
    const seconds = typeof modifiedAt === 'string' ? Math.floor(Date.parse(modifiedAt) / 1000) : Number.NaN
    return [Number.isFinite(seconds) ? { id: id as string, created: seconds } : { id: id as string }]
  })
}
