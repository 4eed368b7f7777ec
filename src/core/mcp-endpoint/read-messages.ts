import { RPC, RpcError, type RpcId, type RpcMessage } from '../../domain/json-rpc.ts'
import { parseJsonText, readItems, readMembers, type JsonText } from '../../lib/json-text.ts'
import { isJsonObject } from '../../lib/json.ts'

/** What a client sent at once: one message, or several in the revision that allows it. */
export interface ReadMessages {
  readonly isBatch: boolean
  readonly messages: readonly RpcMessage[]
}

const isId = (value: unknown): value is RpcId => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

const refuse = (reason: string): RpcError => new RpcError(RPC.invalidRequest, `Not a JSON-RPC 2.0 message: ${reason}.`)

function readError(text: JsonText): RpcError {
  const error = parseJsonText(text)
  if (!isJsonObject(error)) throw refuse('`error` is no object')
  const { code, message, data } = error
  return new RpcError(
    typeof code === 'number' ? code : RPC.internalError,
    typeof message === 'string' ? message : 'Unknown error',
    data === undefined ? undefined : (JSON.stringify(data) as JsonText),
  )
}

/** The members of a message, by key; of duplicates the last wins. */
interface Parts {
  text(key: string): JsonText | undefined
  value(key: string): unknown
}

function readParts(message: JsonText): Parts {
  const parts = new Map<string, JsonText>()
  for (const { key, valueStart, valueEnd } of readMembers(message)) parts.set(key, message.slice(valueStart, valueEnd) as JsonText)
  return {
    text: (key) => parts.get(key),
    value(key) {
      const part = parts.get(key)
      return part === undefined ? undefined : parseJsonText(part)
    },
  }
}

function readCalling(parts: Parts): RpcMessage {
  const method = parts.value('method')
  const params = parts.text('params')
  if (typeof method !== 'string') throw refuse('`method` is no string')
  if (params !== undefined && !params.startsWith('{')) throw refuse('`params` is no object')
  if (parts.text('id') === undefined) return { kind: 'notification', method, params }
  const id = parts.value('id')
  if (!isId(id)) throw refuse('`id` is neither a string nor a number')
  return { kind: 'request', id, method, params }
}

function readMessage(message: JsonText): RpcMessage {
  const parts = readParts(message)
  if (parts.value('jsonrpc') !== '2.0') throw refuse('`jsonrpc` is not "2.0"')
  if (parts.text('method') !== undefined) return readCalling(parts)
  const id = parts.value('id')
  const result = parts.text('result')
  if (result !== undefined && isId(id)) return { kind: 'result', id, result }
  const error = parts.text('error')
  if (error !== undefined && (isId(id) || id === null)) return { kind: 'error', id, error: readError(error) }
  throw refuse('neither a request, a notification nor a response')
}

/** Reads what arrived as one HTTP body or one line. Throws an `RpcError` with the code that the sender should see. */
export function readMessages(text: string): ReadMessages {
  try {
    // Native and cheaper than any check of ours; the slices below then need none.
    JSON.parse(text)
  } catch (error) {
    throw new RpcError(RPC.parseError, `Parse error: ${error instanceof Error ? error.message : 'not JSON'}`)
  }
  const json = text.trim() as JsonText
  if (!json.startsWith('[')) {
    if (!json.startsWith('{')) throw refuse('it is no object')
    return { isBatch: false, messages: [readMessage(json)] }
  }
  const items = readItems(json)
  if (items.length === 0) throw refuse('the batch is empty')
  return { isBatch: true, messages: items.map(readMessage) }
}
