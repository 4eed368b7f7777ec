import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createTestSession, listeners, type TestServer, type TestSession } from './base.ts'

/** Answers a request as JSON when one message is all there is, and as a stream as soon as something comes before the answer. */
function answerWriter(response: ServerResponse, id: unknown): (message: string) => void {
  return (message) => {
    const isAnswer = (JSON.parse(message) as { id?: unknown; method?: unknown }).id === id && !message.includes('"method"')
    if (isAnswer && !response.headersSent) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(message)
      return
    }
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: message\ndata: ${message}\n\n`)
    if (isAnswer) response.end()
  }
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }))
}

/** Streamable HTTP of both eras: MCP sessions for requests without an envelope, none for requests with one. */
export function serveHttp(server: TestServer): void {
  const sessions = new Map<string, TestSession>()
  const shared = createTestSession(server)

  function sessionOf(request: IncomingMessage, response: ServerResponse, method: string | undefined): TestSession | undefined {
    if (request.headers['mcp-protocol-version'] === '2026-07-28') return shared
    if (method === 'initialize') {
      const id = randomUUID()
      response.setHeader('mcp-session-id', id)
      const session = createTestSession(server)
      sessions.set(id, session)
      return session
    }
    return sessions.get(String(request.headers['mcp-session-id']))
  }

  async function post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const { id, method } = JSON.parse(body) as { id?: unknown; method?: string }
    const session = sessionOf(request, response, method)
    if (!session) return refuse(response, 404, -32001, 'Session not found')
    if (id === undefined || method === undefined) {
      await session.receive(body, () => {})
      response.writeHead(202).end()
      return
    }
    await session.receive(body, answerWriter(response, id))
  }

  function get(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 0\ndata: \n\n')
    const tell = (method: string): void => void response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method })}\n\n`)
    listeners.add(tell)
    response.on('close', () => listeners.delete(tell))
  }

  const listening = createServer((request, response) => {
    if (request.method === 'POST') {
      post(request, response).catch((error: unknown) => refuse(response, 500, -32603, (error as Error).message))
      return
    }
    if (!sessions.has(String(request.headers['mcp-session-id']))) return refuse(response, 404, -32001, 'Session not found')
    if (request.method === 'GET') return get(response)
    sessions.delete(String(request.headers['mcp-session-id']))
    response.writeHead(200).end()
  })
  listening.listen(0, '127.0.0.1', () => {
    const { port } = listening.address() as AddressInfo
    process.stderr.write(`listening http://127.0.0.1:${port}/mcp\n`)
  })
}
