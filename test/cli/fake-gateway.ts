import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A far side that answers as it is told. */
export interface FakeGateway extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly { readonly method: string; readonly url: string; readonly authorization: string | undefined }[]
}

export async function startFakeGateway(answer: Answer): Promise<FakeGateway> {
  const requests: { method: string; url: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, url, authorization: headers.authorization })
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => answer(request, response, body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

type RpcAnswers = Readonly<Record<string, unknown>>

/** MCP in its legacy form, as a stream of events where asked. */
export function answerMcp(results: RpcAnswers, asStream = false): Answer {
  return (request, response, body) => {
    if (request.url === '/healthz') return void response.end('{"servers":[{"id":"s","state":"ready","reason":null}]}')
    if (request.method === 'DELETE') return void response.end()
    const { id, method } = JSON.parse(body) as { id?: number; method: string }
    if (id === undefined) return void response.writeHead(202).end()
    const result = method === 'initialize' ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} } : results[method]
    const message = JSON.stringify(method in results && (result as { error?: unknown }).error ? { jsonrpc: '2.0', id, error: (result as { error: unknown }).error } : { jsonrpc: '2.0', id, result })
    response.setHeader('mcp-session-id', 'session-1')
    if (!asStream) return void response.setHeader('content-type', 'application/json').end(message)
    response.setHeader('content-type', 'text/event-stream')
    const event = `: comment\n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\ndata: ${message}\r\n\r\n`
    response.write(event.slice(0, 30))
    response.end(event.slice(30))
  }
}
