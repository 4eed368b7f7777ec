import { Buffer } from 'node:buffer'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'

export interface ResultLimit {
  readonly server: string
  readonly name: string
  readonly method: string
  /** Undefined for any length. */
  readonly bytes: number | undefined
  /** Of the client. */
  readonly era: McpEra
}

const TOOL_RESULTS = new Set(['tools/call', 'tasks/result'])

/** A character is three bytes at most: most results need not be counted. */
function sizeBeyond(result: JsonText, bytes: number): number | undefined {
  if (result.length * 3 <= bytes) return undefined
  const size = Buffer.byteLength(result)
  return size > bytes ? size : undefined
}

/** The tool's failure that takes the place of a result that is too long; undefined for one that may pass. Throws an `RpcError` where there are no tools. */
export function limitResult(result: JsonText, { server, name, method, bytes, era }: ResultLimit): JsonText | undefined {
  const size = bytes === undefined ? undefined : sizeBeyond(result, bytes)
  if (size === undefined) return undefined
  const text = `The result of \`${name}\` is ${size} bytes long, more than the ${String(bytes)} of \`mcpServers.${server}.limits.resultBytes\`. Ask for less, or raise the limit.`
  if (!TOOL_RESULTS.has(method)) throw new RpcError(RPC.internalError, text)
  return toJsonText({ ...(era === 'modern' ? { resultType: 'complete' } : {}), content: [{ type: 'text', text }], isError: true })
}
