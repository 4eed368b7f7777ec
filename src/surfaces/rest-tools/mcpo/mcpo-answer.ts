import { GatewayError } from '../../../domain/errors.ts'
import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { isJsonObject } from '../../../lib/json.ts'
import { type JsonText, parseJsonText, readItems, readMember, toJsonText } from '../../../lib/json-text.ts'
import { pythonRepr } from './python-text.ts'

export interface McpoAnswer {
  readonly status: number
  /** JSON text. */
  readonly body: string
}

const STATUS: Readonly<Record<number, number>> = {
  [RPC.parseError]: 400,
  [RPC.invalidRequest]: 400,
  [RPC.methodNotFound]: 404,
  [RPC.invalidParams]: 422,
  [RPC.internalError]: 500,
}

/** JSON stays as the server wrote it, so that large numbers survive; any other text becomes a string. */
function unwrapText(text: string): JsonText {
  try {
    JSON.parse(text)
    return text.trim() as JsonText
  } catch {
    return JSON.stringify(text) as JsonText
  }
}

/** Sounds and links have no place in mcpo’s answers. */
function unwrapBlock(block: JsonText): JsonText | undefined {
  const value = parseJsonText(block)
  if (!isJsonObject(value)) return undefined
  const { type, text, data, mimeType } = value as Readonly<Record<string, unknown>>
  if (type === 'text' && typeof text === 'string') return unwrapText(text)
  if (type === 'image') return toJsonText(`data:${String(mimeType)};base64,${String(data)}`)
  return type === 'resource' ? toJsonText('Embedded resource not supported yet.') : undefined
}

/** A tool’s own error, inside the wrapping that mcpo’s catch-all gives it. */
function toolFailure(blocks: readonly JsonText[]): McpoAnswer {
  const first = blocks[0] === undefined ? undefined : parseJsonText(blocks[0])
  const text = isJsonObject(first) && first['type'] === 'text' ? first['text'] : undefined
  const message = typeof text === 'string' ? text : 'Unknown tool execution error'
  return { status: 500, body: toJsonText({ detail: { message: 'Unexpected error', error: `500: {'message': ${pythonRepr(message)}}` } }) }
}

/** A tool’s result as mcpo answers it: one block by itself, several as a list, none as `[]`. `structuredContent` plays no part. */
export function mcpoAnswer(result: JsonText): McpoAnswer {
  const kind = readMember(result, 'resultType')
  if (kind !== undefined && kind !== '"complete"') {
    throw new GatewayError('upstream_rejected', `The tool answered with ${kind}, which REST cannot continue. Call it through \`/mcp\`.`)
  }
  const blocks = readItems((readMember(result, 'content') ?? '[]') as JsonText)
  if (readMember(result, 'isError') === 'true') return toolFailure(blocks)
  const values = blocks.flatMap((block) => unwrapBlock(block) ?? [])
  const [only] = values
  return { status: 200, body: values.length === 1 && only !== undefined ? only : `[${values.join(',')}]` }
}

/** A server’s JSON-RPC error as mcpo answers it; undefined for any other failure. */
export function mcpoRpcFailure(thrown: unknown): McpoAnswer | undefined {
  if (!(thrown instanceof RpcError)) return undefined
  const data = thrown.data === undefined || thrown.data === 'null' ? '' : `,"data":${thrown.data}`
  return { status: STATUS[thrown.code] ?? 500, body: `{"detail":{"message":${JSON.stringify(thrown.message)}${data}}}` }
}
