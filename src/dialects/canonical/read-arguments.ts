import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { LossList } from './loss-list.ts'
import type { ToolCallBlock } from './request.ts'

function parse(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}

/** The arguments of a call for a dialect that wants an object. Text that is none goes along whole. */
export function readArguments({ argumentsText, isCustom, path }: ToolCallBlock, losses: LossList): JsonObject {
  if (isCustom === true) return { input: argumentsText }
  if (argumentsText.trim() === '') return {}
  const value = parse(argumentsText)
  if (isJsonObject(value)) return value
  losses.approximated(path, 'arguments that are no JSON object are sent as text in `_raw`')
  return { _raw: argumentsText }
}
