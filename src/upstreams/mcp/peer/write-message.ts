import type { RpcError, RpcId } from '../../../domain/json-rpc.ts'
import type { JsonText } from '../../../lib/json-text.ts'

function member(name: string, text: JsonText | undefined): string {
  return text === undefined ? '' : `,"${name}":${text}`
}

export function writeRequest(id: RpcId, method: string, params: JsonText | undefined): JsonText {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}${member('params', params)}}` as JsonText
}

export function writeNotification(method: string, params: JsonText | undefined): JsonText {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${member('params', params)}}` as JsonText
}

export function writeResult(id: RpcId, result: JsonText): JsonText {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}` as JsonText
}

export function writeError(id: RpcId, error: RpcError): JsonText {
  const facts = `{"code":${error.code},"message":${JSON.stringify(error.message)}${member('data', error.data)}}`
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${facts}}` as JsonText
}
