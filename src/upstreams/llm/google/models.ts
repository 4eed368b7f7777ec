import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import type { ListedModel } from '../upstream.ts'

/** `{"models":[{"name":"models/gemini-2.5-pro","supportedGenerationMethods":["generateContent"]}]}`; no time is told. */
export function readModels(answer: JsonValue): readonly ListedModel[] | undefined {
  const entries = isJsonObject(answer) ? answer['models'] : undefined
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry: JsonValue): readonly ListedModel[] => {
    if (!isJsonObject(entry) || typeof entry['name'] !== 'string') return []
    return [{ id: entry['name'].replace(/^models\//, '') }]
  })
}
