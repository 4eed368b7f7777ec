import type { IncomingMessage } from 'node:http'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { EMPTY_OBJECT, type JsonText, parseJsonText } from '../../../lib/json-text.ts'
import { type BodyLimits, readBody } from '../../http/index.ts'
import { checkArguments } from './check-arguments.ts'

/** Arguments to send on, or the body of a 422 in FastAPI’s shape. */
export type McpoBody = { readonly kind: 'arguments'; readonly text: JsonText } | { readonly kind: 'refused'; readonly body: string }

interface Finding {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: JsonValue
  readonly ctx?: JsonObject
}

const refuse = (findings: readonly Finding[]): McpoBody => ({ kind: 'refused', body: JSON.stringify({ detail: findings }) })

const notAnObject = (input: JsonValue): McpoBody =>
  refuse([{ type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid dictionary or object to extract fields from', input }])

function notJson(error: SyntaxError, text: string): McpoBody {
  const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length)
  return refuse([{ type: 'json_invalid', loc: ['body', position], msg: 'JSON decode error', input: {}, ctx: { error: 'Expecting value' } }])
}

function parse(text: string): { readonly value: JsonValue } | { readonly error: SyntaxError } {
  try {
    return { value: JSON.parse(text) as JsonValue }
  } catch (error) {
    if (error instanceof SyntaxError) return { error }
    throw error
  }
}

/** The body of a call, checked as mcpo checks it against the tool’s schema; undefined means that the tool has no arguments. */
export async function readMcpoBody(request: IncomingMessage, limits: BodyLimits, inputSchema: JsonText | undefined): Promise<McpoBody> {
  const text = Buffer.concat(await readBody(request, limits)).toString('utf8')
  const schema = inputSchema === undefined ? undefined : parseJsonText(inputSchema)
  // A tool without properties takes no body, whatever is sent.
  if (!isJsonObject(schema)) return { kind: 'arguments', text: EMPTY_OBJECT }
  if (text === '') return refuse([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }])
  const type = request.headers['content-type']
  if (type !== undefined && !/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) return notAnObject(text)
  const parsed = parse(text)
  if ('error' in parsed) return notJson(parsed.error, text)
  if (!isJsonObject(parsed.value)) return notAnObject(parsed.value)
  const checked = checkArguments(text as JsonText, schema)
  return checked.problems.length > 0 ? refuse(checked.problems) : { kind: 'arguments', text: checked.text }
}
