import type { DialectTurns } from '../../dialects/index.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'

function join(last: JsonText, following: JsonText, member: string): JsonText | undefined {
  const [before, next] = [parseExact(last), parseExact(following)]
  if (!isJsonObject(before) || !isJsonObject(next) || before['role'] !== next['role']) return undefined
  const [first, second] = [before[member], next[member]]
  if (!Array.isArray(first) || !Array.isArray(second)) return undefined
  return toJsonText({ ...before, [member]: [...(first as readonly JsonValue[]), ...(second as readonly JsonValue[])] })
}

/** The conversation with elements behind it; neighbours of one speaker become one where the dialect wants that. */
export function appendElements(conversation: readonly JsonText[], elements: readonly JsonText[], { grouped }: DialectTurns): readonly JsonText[] {
  const result = [...conversation]
  for (const element of elements) {
    const last = result.at(-1)
    const joined = grouped === undefined || last === undefined ? undefined : join(last, element, grouped)
    if (joined === undefined) result.push(element)
    else result.splice(-1, 1, joined)
  }
  return result
}
