import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import { createRecentlyUsed } from '../../lib/recently-used.ts'
import { NotMatched, safePattern } from '../../lib/safe-pattern.ts'

const MOST_SCHEMAS = 512
const MAX_SCHEMA_CHARACTERS = 200_000
const MAX_ARGUMENT_CHARACTERS = 1_000_000

/** Schemas are the server's, arguments the client's: neither may hold up the gateway. A schema inlined where it is referred to can grow without bounds. */
const OPTIONS: Options = { strict: false, validateSchema: false, validateFormats: false, addUsedSchema: false, logger: false, inlineRefs: false, code: { regExp: safePattern } }

interface Compiled {
  /** Undefined for a schema that cannot be used here: its server judges alone. */
  readonly validate: ValidateFunction | undefined
}

const compiled = createRecentlyUsed<Compiled>(MOST_SCHEMAS)
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-0[4-7]\/schema/

function compile(schema: JsonText): Compiled {
  const value = parseJsonText(schema)
  if (!isJsonObject(value) || value['$async'] !== undefined) return { validate: undefined }
  const dialect = value['$schema']
  // A fresh validator each time: two servers may use the same `$id` for different schemas.
  const ajv = typeof dialect === 'string' && DRAFT_07.test(dialect) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS)
  try {
    return { validate: ajv.compile(value) }
  } catch {
    // Remote references, unknown dialects, slow patterns: nobody is served by refusing a call that its server may accept.
    return { validate: undefined }
  }
}

function describe({ instancePath, message, params, keyword }: ErrorObject): string {
  const named: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty']
  const path = `${instancePath}${typeof named === 'string' ? `/${named}` : ''}`
  if (keyword === 'required') return `\`${path}\` is missing`
  if (keyword === 'enum') return `\`${path}\` must be one of ${JSON.stringify(params['allowedValues']).slice(0, 400)}`
  const what = typeof named === 'string' ? 'is not a known property' : (message ?? 'is wrong')
  return `\`${path === '' ? '/' : path}\` ${what}`
}

function isValid(validate: ValidateFunction, json: JsonText): boolean {
  try {
    return validate(parseJsonText(json))
  } catch (error) {
    if (error instanceof NotMatched) return true
    throw error
  }
}

/**
 * What is wrong with the arguments of a tool, by its own input schema, as one sentence with the path of each fault; undefined when
 * nothing is. A schema without `$schema` is 2020-12. Formats are not checked.
 */
export function checkArguments(definition: JsonText, json: JsonText): string | undefined {
  const schema = readMember(definition, 'inputSchema')
  if (schema === undefined || schema.length > MAX_SCHEMA_CHARACTERS || json.length > MAX_ARGUMENT_CHARACTERS) return undefined
  const { validate } = compiled.get(schema, () => compile(schema))
  if (!validate || isValid(validate, json)) return undefined
  return [...new Set((validate.errors ?? []).map(describe))].join('; ')
}
