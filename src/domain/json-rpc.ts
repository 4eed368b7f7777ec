import type { JsonText } from '../lib/json-text.ts'

/** A JSON-RPC id as the peer wrote it. `null` is never an id of ours; it is only seen in errors about unreadable requests. */
export type RpcId = string | number

export interface RpcRequest {
  readonly kind: 'request'
  readonly id: RpcId
  readonly method: string
  readonly params: JsonText | undefined
}

export interface RpcNotification {
  readonly kind: 'notification'
  readonly method: string
  readonly params: JsonText | undefined
}

export interface RpcResult {
  readonly kind: 'result'
  readonly id: RpcId
  readonly result: JsonText
}

export interface RpcErrorResponse {
  readonly kind: 'error'
  readonly id: RpcId | null
  readonly error: RpcError
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResult | RpcErrorResponse

/** A JSON-RPC error that a peer answered with. It is passed on as it came: code, message and data are the peer's. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: JsonText | undefined

  constructor(code: number, message: string, data?: JsonText) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** @see https://www.jsonrpc.org/specification#error_object and the MCP revisions 2025-11-25 and 2026-07-28. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
  resourceNotFoundLegacy: -32002,
} as const
