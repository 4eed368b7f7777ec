import type { JsonPrimitive, JsonValue } from './json.ts'

/** Numbers that could be such; a hit inside a string only costs time. */
const SUSPICIOUS = /\d{16}|\d[eE][+-]?\d{3}/

/** @see https://github.com/tc39/proposal-json-parse-with-source */
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as typeof JSON & { rawJSON(text: string): JsonPrimitive; isRawJSON(value: unknown): boolean }

function keepSource(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return isExact && context.source.length <= 17 ? value : rawJson(context.source)
}

/** `JSON.parse` that keeps numbers which JavaScript cannot hold: `JSON.stringify` writes them as they were. A text that is one number gives that number. */
export function parseExact(text: string): JsonValue {
  if (!SUSPICIOUS.test(text)) return JSON.parse(text) as JsonValue
  const value = JSON.parse(text, keepSource) as JsonValue
  return isRawJson(value) ? Number(text) : value
}
