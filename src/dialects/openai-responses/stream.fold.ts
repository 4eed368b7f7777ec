import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { WireFold } from '../turns.ts'

/** The output that a stream of events adds up to: its items as they were when they were done. */
export function createResponsesFold(): WireFold {
  const items: JsonObject[] = []
  return {
    push({ data }) {
      if (data.trim() === '' || data.trim() === '[DONE]') return
      const event = parseExact(data)
      if (!isJsonObject(event) || event['type'] !== 'response.output_item.done' || !isJsonObject(event['item'])) return
      const { output_index: index = items.length, item } = event
      if (typeof index === 'number') items[index] = item as JsonObject
    },
    answer: () => ({ output: items.filter((item) => item !== undefined) }),
  }
}
