import { asString } from './as-string.ts'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { answerRequest, legacyListener, listen, takeAnswer, takeNotification } from './converse.ts'
import { IS_LEGACY_ONLY, isModernRequest, META, MODERN, type ConformanceFixture, type FixtureSession, type Id } from './fixture.ts'

const STATUS: Readonly<Record<number, number>> = { [-32601]: 404, [-32020]: 400, [-32021]: 400, [-32022]: 400 }
const NAMED_BY: Readonly<Record<string, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri', 'tasks/get': 'taskId', 'tasks/update': 'taskId', 'tasks/cancel': 'taskId' }
const RETRY_MS = 200
const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/

const failure = (id: Id | null, code: number, message: string, data?: JsonObject): JsonObject => ({ jsonrpc: '2.0', id, error: { code, message, ...(data ? { data } : {}) } })

function sendJson(response: ServerResponse, status: number, message: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message))
}

/** JSON when the answer is all there is, a stream as soon as something comes before it. */
function createWriter(response: ServerResponse): { send(message: JsonObject): void; finish(message: JsonObject, status: number): void } {
  const send = (message: JsonObject): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
  }
  return {
    send,
    finish(message, status) {
      if (!response.headersSent) return sendJson(response, status, message)
      send(message)
      response.end()
    },
  }
}

/** What is wrong with the envelope or the headers of a modern request. */
function checkModern(request: IncomingMessage, message: JsonObject, params: JsonObject): JsonObject | undefined {
  const id = message['id'] as Id
  const meta = isJsonObject(params['_meta']) ? params['_meta'] : {}
  const version = meta[`${META}protocolVersion`]
  const { headers } = request
  if (typeof version !== 'string' || !isJsonObject(meta[`${META}clientCapabilities`])) return failure(id, -32602, 'Bad envelope')
  if (headers['mcp-protocol-version'] !== version) return failure(id, -32020, 'Header mismatch: MCP-Protocol-Version')
  if (version !== MODERN) return failure(id, -32022, 'Unsupported protocol version', { supported: [MODERN], requested: version })
  if (headers['mcp-method'] !== message['method']) return failure(id, -32020, 'Header mismatch: Mcp-Method')
  const key = NAMED_BY[asString(message['method'])]
  if (key !== undefined && headers['mcp-name'] !== params[key]) return failure(id, -32020, 'Header mismatch: Mcp-Name')
  const given = isJsonObject(params['arguments']) ? params['arguments'] : {}
  if (params['name'] === 'test_x_mcp_header' && decode(headers['mcp-param-region']) !== (given['region'] ?? undefined)) {
    return failure(id, -32020, 'Header mismatch: Mcp-Param-Region')
  }
  return undefined
}

/** `null` for bad Base64. */
function decode(header: string | string[] | undefined): string | null | undefined {
  if (typeof header !== 'string' || !header.startsWith('=?base64?') || !header.endsWith('?=')) return header as string | undefined
  const encoded = header.slice(9, -2)
  const decoded = Buffer.from(encoded, 'base64')
  return decoded.toString('base64') === encoded ? decoded.toString('utf8') : null
}

class FixtureHttp {
  readonly #fixture: ConformanceFixture
  readonly #sessions = new Map<string, FixtureSession>()
  /** Answers of streams that were dropped, by the event after which they come. */
  readonly #kept = new Map<string, Promise<JsonObject>>()

  constructor(fixture: ConformanceFixture) {
    this.#fixture = fixture
  }

  async post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message: unknown = JSON.parse(await text(request))
    if (!isJsonObject(message)) return sendJson(response, 400, failure(null, -32600, 'Not a message'))
    const params = isJsonObject(message['params']) ? message['params'] : {}
    const isEnveloped = isModernRequest(params)
    if (!IS_LEGACY_ONLY && (request.headers['mcp-protocol-version'] === MODERN || isEnveloped)) return this.#modern(request, response, message, params)
    return this.#legacy(request, response, message)
  }

  async #modern(request: IncomingMessage, response: ServerResponse, message: JsonObject, params: JsonObject): Promise<void> {
    if (message['id'] === undefined) {
      takeNotification(this.#fixture.createSession(), message)
      return void response.writeHead(202).end()
    }
    const wrong = checkModern(request, message, params)
    if (wrong) return sendJson(response, 400, wrong)
    const writer = createWriter(response)
    if (message['method'] === 'subscriptions/listen') {
      response.once('close', listen(this.#fixture, message['id'] as Id, params, writer.send))
      return
    }
    const session = this.#fixture.createSession()
    response.once('close', () => session.running.get(message['id'] as Id)?.abort())
    const answer = await answerRequest(this.#fixture, session, message, writer.send)
    const { error } = answer
    writer.finish(answer, isJsonObject(error) ? (STATUS[Number(error['code'])] ?? 200) : 200)
  }

  async #legacy(request: IncomingMessage, response: ServerResponse, message: JsonObject): Promise<void> {
    const isInitialize = message['method'] === 'initialize'
    const id = isInitialize ? randomUUID() : String(request.headers['mcp-session-id'])
    if (isInitialize) this.#sessions.set(id, this.#fixture.createSession())
    const session = this.#sessions.get(id)
    if (!session) return sendJson(response, request.headers['mcp-session-id'] === undefined ? 400 : 404, failure(null, -32001, 'Session not found'))
    if (message['id'] === undefined) takeNotification(session, message)
    if (takeAnswer(session, message) || message['id'] === undefined) return void response.writeHead(202).end()
    if (isInitialize) response.setHeader('mcp-session-id', id)
    const writer = createWriter(response)
    const answered = Promise.withResolvers<JsonObject>()
    let isDropped = false
    const drop = (): void => {
      isDropped = true
      const event = randomUUID()
      this.#kept.set(event, answered.promise)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`id: ${event}\nretry: ${RETRY_MS}\ndata: \n\n`)
    }
    const answer = await answerRequest(this.#fixture, session, message, Object.assign(writer.send, { drop }))
    answered.resolve(answer)
    if (!isDropped) writer.finish(answer, 200)
  }

  get(request: IncomingMessage, response: ServerResponse): void {
    const session = this.#sessions.get(String(request.headers['mcp-session-id']))
    if (!session) return sendJson(response, 404, failure(null, -32001, 'Session not found'))
    const from = String(request.headers['last-event-id'])
    const kept = this.#kept.get(from)
    if (kept) {
      this.#kept.delete(from)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      void kept.then((answer) => response.end(`id: ${from}-1\ndata: ${JSON.stringify(answer)}\n\n`))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
    const listener = legacyListener(session, createWriter(response).send)
    this.#fixture.listeners.add(listener)
    response.once('close', () => this.#fixture.listeners.delete(listener))
  }

  remove(request: IncomingMessage, response: ServerResponse): void {
    const isKnown = this.#sessions.delete(String(request.headers['mcp-session-id']))
    response.writeHead(isKnown ? 200 : 404).end()
  }
}

/** Serves on a free port of the loopback, printed to stderr as `listening <url>`. */
export function serveFixtureHttp(fixture: ConformanceFixture): void {
  const http = new FixtureHttp(fixture)
  const server = createServer((request, response) => {
    const origin = request.headers.origin
    if (!LOCAL.test(request.headers.host ?? '') || (origin !== undefined && !LOCAL.test(origin.replace(/^https?:\/\//, '')))) {
      return void response.writeHead(403).end()
    }
    if (request.method === 'POST') {
      http.post(request, response).catch((error: unknown) => sendJson(response, 400, failure(null, -32700, (error as Error).message)))
      return
    }
    if (request.headers['mcp-protocol-version'] === MODERN) return void response.writeHead(405).end()
    if (request.method === 'GET') http.get(request, response)
    else http.remove(request, response)
  })
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    process.stderr.write(`listening http://127.0.0.1:${port}/mcp\n`)
  })
}
