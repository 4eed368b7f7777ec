import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import type { ListedModel } from '../upstream.ts'

/** `{"object":"list","data":[{"id":"…","created":1700000000}]}`; some servers answer with the bare array. */
export function readModels(answer: JsonValue): readonly ListedModel[] | undefined {
  const entries = isJsonObject(answer) ? answer['data'] : answer
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry: JsonValue): readonly ListedModel[] => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return []
    const { id, created } = entry
    return [typeof created === 'number' ? { id: entry['id'], created } : { id: id as string }]
  })
}
