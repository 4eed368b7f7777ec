import { Ajv2020 } from 'ajv/dist/2020.js'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { NotMatched, safePattern } from '../../lib/safe-pattern.ts'

/** What an answer that does not have the wanted shape is sent back with. */
export interface Repair {
  /** The answer as it was. */
  readonly text: string
  /** What is wrong with it, for the model to read. */
  readonly complaint: string
}

const MAX_ERRORS = 8

/** A code fence around the whole, or the JSON between words, whichever gives JSON. */
function findJson(text: string): { readonly json: string; readonly value: unknown } | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n?```/.exec(text)?.[1]
  const first = text.search(/[[{]/)
  const last = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  for (const candidate of [text, fenced, first >= 0 && last > first ? text.slice(first, last + 1) : undefined]) {
    if (candidate === undefined) continue
    try {
      return { json: candidate.trim(), value: JSON.parse(candidate) }
    } catch {
      continue
    }
  }
  return undefined
}

function complain(schema: JsonObject, value: unknown): string | undefined {
  // The schema is a stranger's: inlined where it is referred to it can grow without bounds, and its patterns can be slow.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false, inlineRefs: false, code: { regExp: safePattern } })
  let validate
  try {
    validate = ajv.compile(schema)
  } catch (cause) {
    throw new GatewayError('invalid_request', `The JSON Schema of the wanted answer cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
  try {
    if (validate(value)) return undefined
  } catch (error) {
    if (error instanceof NotMatched) return undefined
    throw error
  }
  return (validate.errors ?? []).slice(0, MAX_ERRORS).map(({ instancePath, message }) => `${instancePath === '' ? 'the answer' : instancePath} ${message ?? 'is wrong'}`).join('; ')
}

/** The JSON of a text that should hold nothing else, or what is wrong with it. Throws `invalid_request` for a schema that is none. */
export function checkAnswer(schema: JsonObject, text: string): { readonly json: string } | { readonly repair: Repair } {
  const found = findJson(text)
  if (!found) return { repair: { text, complaint: 'the answer is not JSON' } }
  const complaint = complain(schema, found.value)
  return complaint === undefined ? { json: found.json } : { repair: { text, complaint } }
}
