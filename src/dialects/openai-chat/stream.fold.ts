import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { WireFold } from '../turns.ts'
import { joinDetails } from './reasoning.ts'

/** Said once and not in pieces. */
const NAMES = new Set(['role', 'id', 'type', 'name'])

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

function addCalls(before: readonly JsonObject[], calls: readonly JsonObject[]): readonly JsonObject[] {
  const joined = [...before]
  for (const { index = joined.length - 1, ...call } of calls) {
    const at = typeof index === 'number' && index >= 0 ? index : 0
    joined[at] = add(joined[at] ?? {}, call)
  }
  return joined
}

function join(key: string, before: JsonValue | undefined, value: JsonValue): JsonValue {
  if (key === 'tool_calls') return addCalls(listOf(before), listOf(value))
  if (key === 'reasoning_details') return joinDetails([...listOf(before), ...listOf(value)])
  if (Array.isArray(value)) return [...(Array.isArray(before) ? (before as readonly JsonValue[]) : []), ...(value as readonly JsonValue[])]
  if (isJsonObject(value)) return add(isJsonObject(before) ? before : {}, value)
  if (typeof value === 'string' && typeof before === 'string' && !NAMES.has(key)) return before + value
  return value === '' && before !== undefined ? before : value
}

/** Fragments of one object: texts go on, lists grow, everything else is said last. */
function add(before: JsonObject, delta: JsonObject): JsonObject {
  const said = Object.entries(delta).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined && entry[1] !== null)
  return { ...before, ...Object.fromEntries(said.map(([key, value]) => [key, join(key, before[key], value)])) }
}

/** The message that a stream of chunks adds up to, with whatever the provider says in it. */
export function createChatFold(): WireFold {
  let message: JsonObject = {}
  return {
    push({ data }) {
      if (data.trim() === '' || data.trim() === '[DONE]') return
      const value = parseExact(data)
      const [choice] = isJsonObject(value) ? listOf(value['choices']) : []
      if (isJsonObject(choice?.['delta'])) message = add(message, choice['delta'])
    },
    answer: () => ({ choices: [{ index: 0, message }] }),
  }
}
