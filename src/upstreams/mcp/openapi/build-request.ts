import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import type { Operation, OperationBody, OperationParameter } from './list-operations.ts'

export interface BuiltRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | FormData | undefined
}

/** What is wrong with the arguments, in words for the model. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

const plain = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))
const items = (value: JsonValue): readonly string[] => (Array.isArray(value) ? (value as readonly JsonValue[]).map(plain) : [plain(value)])
const DELIMITERS: Readonly<Record<string, string>> = { spaceDelimited: ' ', pipeDelimited: '|' }

/** @see https://spec.openapis.org/oas/v3.1.1#style-values */
function addQuery(search: URLSearchParams, { name, style, explode }: OperationParameter, value: JsonValue): void {
  if (style === 'json') return search.append(name, JSON.stringify(value))
  if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (style === 'deepObject') search.append(`${name}[${key}]`, plain(member))
      else if (explode) search.append(key, plain(member))
    }
    if (style !== 'deepObject' && !explode) search.append(name, Object.entries(value).flatMap(([key, member]) => [key, plain(member)]).join(','))
    return
  }
  if (Array.isArray(value) && explode) {
    for (const item of items(value)) search.append(name, item)
    return
  }
  search.append(name, items(value).join(DELIMITERS[style] ?? ','))
}

function simple(value: JsonValue, explode: boolean): string {
  if (!isJsonObject(value)) return items(value).join(',')
  return Object.entries(value).map(([key, member]) => (explode ? `${key}=${plain(member)}` : `${key},${plain(member)}`)).join(',')
}

/** `.` and `..` would lead to another path than the operation’s. */
function pathSegment({ argument, explode }: OperationParameter, value: JsonValue): string {
  const segment = simple(value, explode)
  if (segment === '' || segment === '.' || segment === '..') throw new ArgumentError(`Expected \`${argument}\` to be a part of a path, got ${JSON.stringify(segment)}.`)
  return encodeURIComponent(segment)
}

function writeBody({ kind, argument }: OperationBody, value: JsonValue): string | FormData {
  if (kind === 'json') return JSON.stringify(value)
  if (kind === 'text') return plain(value)
  if (!isJsonObject(value)) throw new ArgumentError(`Expected \`${argument}\` to be an object of form fields.`)
  const form = kind === 'form' ? new URLSearchParams() : new FormData()
  for (const [key, member] of Object.entries(value)) for (const item of items(member ?? null)) form.append(key, item)
  return form instanceof URLSearchParams ? form.toString() : form
}

/** The request that arguments mean. It adds no credentials. Throws `ArgumentError`. */
export function buildRequest(base: URL, operation: Operation, given: JsonObject): BuiltRequest {
  let path = operation.path
  const search = new URLSearchParams()
  const headers = new Headers()
  const cookies: string[] = []
  for (const parameter of operation.parameters) {
    const value = given[parameter.argument]
    if (value === undefined) {
      if (parameter.required) throw new ArgumentError(`\`${parameter.argument}\` is missing.`)
      continue
    }
    if (parameter.in === 'path') path = path.replaceAll(`{${parameter.name}}`, () => pathSegment(parameter, value))
    else if (parameter.in === 'query') addQuery(search, parameter, value)
    else if (parameter.in === 'cookie') cookies.push(`${parameter.name}=${encodeURIComponent(simple(value, false))}`)
    else headers.set(parameter.name, headerValue(parameter, value))
  }
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`
  url.search = search.toString()
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const { body } = operation
  const content = body && given[body.argument]
  const isSent = body !== undefined && content !== undefined
  // A form of parts names its own boundary.
  if (isSent && body.kind !== 'multipart') headers.set('content-type', body.contentType)
  return { url, method: operation.method.toUpperCase(), headers, body: isSent ? writeBody(body, content) : undefined }
}

function headerValue({ argument, explode }: OperationParameter, value: JsonValue): string {
  const written = simple(value, explode)
  if (/[\r\n\0]/.test(written) || /[^\x20-\xff\t]/.test(written)) throw new ArgumentError(`Expected \`${argument}\` to be one line of a header.`)
  return written
}
