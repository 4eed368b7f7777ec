import type { IncomingHttpHeaders } from 'node:http'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import type { CatalogView, HeaderParam } from '../../core/catalog/index.ts'
import { decodeHeaderValue } from './header-values.ts'

function valueAt(object: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = object
  for (const name of path) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value ?? undefined
}

function isSame(value: JsonValue, text: string, type: HeaderParam['type']): boolean {
  if (type === 'integer' && typeof value === 'number') return /^[+-]?\d+(?:\.0+)?$/.test(text) && Number(text) === value
  return (typeof value === 'string' ? value : JSON.stringify(value)) === text
}

function refuse({ header, path }: HeaderParam, reason: string): RpcError {
  return new RpcError(RPC.headerMismatch, `Header mismatch: \`Mcp-Param-${header}\` ${reason} \`${path.join('.')}\` in the arguments.`)
}

function check(param: HeaderParam, headers: IncomingHttpHeaders, args: JsonValue | undefined): void {
  const header = headers[`mcp-param-${param.header.toLowerCase()}`]
  const value = valueAt(args, param.path)
  if (value === undefined) {
    if (header !== undefined) throw refuse(param, 'is there, but there is no')
    return
  }
  if (typeof header !== 'string') throw refuse(param, 'is missing for')
  const text = decodeHeaderValue(header)
  if (text === undefined) throw refuse(param, 'is not encoded as it must be for')
  if (!isSame(value, text, param.type)) throw refuse(param, 'differs from')
}

/** Compares the headers that mirror parameters of a tool with the arguments. Throws an `RpcError` at the first difference. */
export function checkParamHeaders(view: CatalogView, params: JsonText | undefined, headers: IncomingHttpHeaders): void {
  const nameText = params && readMember(params, 'name')
  const name = nameText === undefined ? undefined : parseJsonText(nameText)
  const tool = typeof name === 'string' ? view.find('tool', name) : undefined
  if (!tool || params === undefined) return
  const annotated = view.headerParams(tool)
  if (annotated.length === 0) return
  const text = readMember(params, 'arguments')
  const args = text === undefined ? undefined : parseJsonText(text)
  for (const param of annotated) check(param, headers, args)
}
