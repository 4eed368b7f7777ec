import { RpcError, type RpcId, type RpcMessage } from '../../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../../lib/json.ts'
import { readItems, readMember, readMembers, type JsonText } from '../../../lib/json-text.ts'

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || typeof value === 'number'
}

function readError(id: RpcId | null, text: JsonText): RpcMessage {
  const value: unknown = JSON.parse(text)
  const facts: JsonObject = isJsonObject(value) ? value : {}
  const code = typeof facts['code'] === 'number' ? facts['code'] : -32603
  const message = typeof facts['message'] === 'string' ? facts['message'] : 'The MCP server answered an error without a message.'
  return { kind: 'error', id, error: new RpcError(code, message, isJsonObject(value) ? readMember(text, 'data') : undefined) }
}

/** One object that `JSON.parse` accepts. Members that the message kind does not use are ignored. */
function readMessage(text: JsonText, parsed: JsonObject): RpcMessage | undefined {
  const slices = new Map<string, JsonText>()
  for (const member of readMembers(text)) slices.set(member.key, text.slice(member.valueStart, member.valueEnd) as JsonText)
  const { id, method } = parsed
  if (typeof method === 'string') {
    const params = slices.get('params')
    if (id === undefined) return { kind: 'notification', method, params }
    return isId(id) ? { kind: 'request', id, method, params } : undefined
  }
  const error = slices.get('error')
  if (error !== undefined && parsed['error'] !== null) {
    if (id === undefined || id === null) return readError(null, error)
    return isId(id) ? readError(id, error) : undefined
  }
  const result = slices.get('result')
  return result !== undefined && isId(id) ? { kind: 'result', id, result } : undefined
}

/**
 * The JSON-RPC messages of one line, event or body; `undefined` when it is none. A batch gives its items, because
 * servers of revision 2025-03-26 may send one. Params, results and error data are slices of the text as it came.
 */
export function readMessages(source: string): readonly RpcMessage[] | undefined {
  const text = (source.charCodeAt(0) === 0xfeff ? source.slice(1) : source) as JsonText
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (isJsonObject(parsed)) {
    const message = readMessage(text, parsed)
    return message && [message]
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return undefined
  const messages: RpcMessage[] = []
  for (const [index, item] of readItems(text).entries()) {
    const value: unknown = parsed[index]
    const message = isJsonObject(value) ? readMessage(item, value) : undefined
    if (!message) return undefined
    messages.push(message)
  }
  return messages
}
