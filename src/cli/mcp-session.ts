import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { CliError, EXIT } from './cli-error.ts'
import type { GatewayClient } from './gateway-client.ts'
import { textOf } from './text-of.ts'

const PROTOCOL_VERSION = '2025-11-25'

/** The little MCP that commands need: requests with one answer each, over a session that ends with `close`. */
export interface McpSession {
  /** The result. A JSON-RPC error becomes a `CliError` with exit code 5. */
  request(method: string, params: JsonObject, timeoutMs: number): Promise<JsonObject>
  /** Every page of a list. */
  listAll(method: string, key: string, timeoutMs: number): Promise<readonly JsonObject[]>
  close(): Promise<void>
}

/** Messages of an answer: one JSON body, or the events of a stream. */
async function* messagesOf(response: Response): AsyncGenerator<JsonObject> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.startsWith('text/event-stream')) {
    const body = (await response.json()) as JsonValue
    if (isJsonObject(body)) yield body
    return
  }
  let buffered = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    buffered += decoder.decode(bytes as Uint8Array, { stream: true })
    const events = buffered.split(/\r?\n\r?\n/)
    buffered = events.pop() ?? ''
    for (const event of events) {
      const data = event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart())
      const message = data.length === 0 ? null : (JSON.parse(data.join('\n')) as JsonValue)
      if (isJsonObject(message)) yield message
    }
  }
}

function resultOf(message: JsonObject, method: string): JsonObject {
  const { error, result } = message
  if (isJsonObject(error)) throw new CliError(EXIT.answeredWithError, `rpc_${textOf(error['code'])}`, `${method}: ${textOf(error['message'])}`)
  return isJsonObject(result) ? result : {}
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http */
export async function openMcpSession(client: GatewayClient, path: string, version: string): Promise<McpSession> {
  let lastId = 0
  let headers: Record<string, string> = { accept: 'application/json, text/event-stream' }

  const request = async (method: string, params: JsonObject, timeoutMs: number): Promise<JsonObject> => {
    const id = ++lastId
    const response = await client.send({ method: 'POST', path, headers, timeoutMs, body: { jsonrpc: '2.0', id, method, params } })
    const session = response.headers.get('mcp-session-id')
    if (session !== null) headers = { ...headers, 'mcp-session-id': session }
    try {
      for await (const message of messagesOf(response)) {
        if (message['id'] === id && message['method'] === undefined) return resultOf(message, method)
      }
    } catch (error) {
      if (error instanceof CliError) throw error
      throw new CliError(EXIT.unreachable, 'interrupted_answer', `${method}: the answer broke off or took longer than ${timeoutMs} ms.`, { cause: error })
    }
    throw new CliError(EXIT.unreachable, 'no_answer', `${method}: the gateway ended its answer without a result.`)
  }

  const hello = await request('initialize', { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: { name: 'trunkline-cli', version } }, 30_000)
  headers = { ...headers, 'mcp-protocol-version': textOf(hello['protocolVersion'] ?? PROTOCOL_VERSION) }
  const initialized = await client.send({ method: 'POST', path, headers, timeoutMs: 30_000, body: { jsonrpc: '2.0', method: 'notifications/initialized' } })
  await initialized.body?.cancel()

  return {
    request,
    async listAll(method, key, timeoutMs) {
      const items: JsonObject[] = []
      let cursor: JsonValue | undefined
      do {
        const page = await request(method, cursor === undefined ? {} : { cursor }, timeoutMs)
        const found = page[key]
        if (Array.isArray(found)) items.push(...(found as readonly JsonValue[]).filter((item) => isJsonObject(item)))
        cursor = typeof page['nextCursor'] === 'string' ? page['nextCursor'] : undefined
      } while (cursor !== undefined)
      return items
    },
    async close() {
      if (headers['mcp-session-id'] === undefined) return
      const response = await client.send({ method: 'DELETE', path, headers, timeoutMs: 5000 })
      await response.body?.cancel()
    },
  }
}
