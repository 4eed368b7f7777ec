import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { WireFold } from '../turns.ts'

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

const isPlain = (part: JsonObject): boolean => Object.keys(part).every((key) => key === 'text' || key === 'thought') && typeof part['text'] === 'string'

/** Pieces of one text become one part; a part that says anything else, such as a signature, stays by itself. */
function append(parts: JsonObject[], part: JsonObject): void {
  const last = parts.at(-1)
  if (last && isPlain(last) && isPlain(part) && last['thought'] === part['thought']) parts.splice(-1, 1, { ...last, text: `${String(last['text'] as string)}${String(part['text'] as string)}` })
  else parts.push(part)
}

/** The content that a stream of chunks adds up to. */
export function createContentFold(): WireFold {
  const parts: JsonObject[] = []
  return {
    push({ data }) {
      if (data.trim() === '') return
      const chunk = parseExact(data)
      const [candidate] = isJsonObject(chunk) ? listOf(chunk['candidates']) : []
      const content = candidate?.['content']
      if (isJsonObject(content)) for (const part of listOf(content['parts'])) append(parts, part)
    },
    answer: () => ({ candidates: [{ content: { role: 'model', parts } }] }),
  }
}
