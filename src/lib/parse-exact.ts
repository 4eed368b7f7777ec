import type { JsonPrimitive, JsonValue } from './json.ts'

/** Numbers that could be such; a hit inside a string only costs time. */
const SUSPICIOUS = /\d{16}|\d[eE][+-]?\d{3}/

/** @see https://github.com/tc39/proposal-json-parse-with-source */
const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): JsonPrimitive }

function keepSource(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return isExact && context.source.length <= 17 ? value : rawJson(context.source)
}

/** `JSON.parse` that keeps numbers which JavaScript cannot hold: `JSON.stringify` writes them as they were. */
export function parseExact(text: string): JsonValue {
  return JSON.parse(text, SUSPICIOUS.test(text) ? keepSource : undefined) as JsonValue
}
