import type { RpcError, RpcId } from '../../domain/json-rpc.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { SharedText } from '../../lib/shared-text.ts'

/** What a request is answered with: JSON, whose long part may be one that others are sent too. */
export type ResultText = JsonText | SharedText
/** A whole message of the same kind. */
export type MessageText = string | SharedText

const writeParams = (params: JsonText | undefined): string => (params === undefined ? '' : `,"params":${params}`)

export function writeRequest(id: RpcId, method: string, params: JsonText | undefined): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}${writeParams(params)}}`
}

export function writeNotification(method: string, params: JsonText | undefined): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${writeParams(params)}}`
}

export function writeResult(id: RpcId, result: JsonText): string
export function writeResult(id: RpcId, result: ResultText): MessageText
export function writeResult(id: RpcId, result: ResultText): MessageText {
  const before = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
  return result instanceof SharedText ? result.within(before, '}') : `${before}${result}}`
}

/** An error without an id answers something whose id could not be read. */
export function writeError(id: RpcId | null, { code, message, data }: RpcError): string {
  const more = data === undefined ? '' : `,"data":${data}`
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${code},"message":${JSON.stringify(message)}${more}}}`
}

/** The same message without line breaks: in valid JSON they only stand between tokens. For lines of stdio and of SSE. */
export function oneLine(message: string): string {
  return message.includes('\n') || message.includes('\r') ? message.replaceAll(/[\r\n]+/g, ' ') : message
}
