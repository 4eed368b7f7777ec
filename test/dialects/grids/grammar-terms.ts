import type { SseEvent } from '../../../src/dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not a legal stream: ${what}.`)
}

export const word = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

export function read({ data }: SseEvent): JsonObject {
  const value: unknown = JSON.parse(data)
  if (!isJsonObject(value)) throw new Error(`no object: ${data}`)
  return value
}

export const at = (value: JsonObject, key: string): JsonObject => {
  const inner = value[key]
  return isJsonObject(inner) ? inner : {}
}
