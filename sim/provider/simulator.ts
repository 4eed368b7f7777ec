import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { prepareAnswer, type SimulatedDialect } from './answer.ts'
import { control, type Controlled } from './control-api.ts'
import { playAnswer } from './play-answer.ts'
import type { RecordedRequest, Served } from './records.ts'
import { checkScript, readModelScript, type QueuedScript, type Script } from './script.ts'

export interface SimulatorOptions {
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Names that `GET /v1/models` lists. */
  readonly models?: readonly string[]
  /** For requests that nothing else is scripted for. */
  readonly script?: Script
  /** With it, requests that do not carry it are answered 401. */
  readonly apiKey?: string
  /** Oldest records are forgotten beyond it. */
  readonly keepRequests?: number
}

/** A provider on a real socket that says, or fails to say, what it is told. It has no model, no limits and no memory. */
export interface ProviderSimulator extends AsyncDisposable {
  /** With `/v1`, as an OpenAI base URL. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  readonly served: Served
  readonly openSockets: number
  /** Queues scripts; the first that fits a request's model is used up by it. */
  script(...scripts: readonly QueuedScript[]): void
  /** Forgets scripts, records and counts. */
  reset(): void
  close(): Promise<void>
}

const DIALECTS: Readonly<Record<string, SimulatedDialect>> = {
  '/v1/chat/completions': 'openai-chat',
  '/v1/messages': 'anthropic-messages',
  '/v1/messages/count_tokens': 'anthropic-messages',
}

function parseBody(body: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    return isJsonObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

class Simulator implements Controlled {
  readonly requests: RecordedRequest[] = []
  readonly served: Served = { requests: 0, answers: 0, inputTokens: 0, outputTokens: 0 }
  readonly sockets = new Map<Socket, number>()
  readonly #options: SimulatorOptions
  readonly #closing = new AbortController()
  #queue: { readonly script: QueuedScript; left: number }[] = []

  constructor(options: SimulatorOptions) {
    this.#options = options
  }

  script(script: QueuedScript): void {
    this.#queue.push({ script: checkScript(script), left: script.times ?? 1 })
  }

  reset(): void {
    this.#queue = []
    this.requests.length = 0
    Object.assign(this.served, { requests: 0, answers: 0, inputTokens: 0, outputTokens: 0 })
  }

  /** Settles when every socket is closed. */
  async stop(): Promise<void> {
    this.#closing.abort()
    const closed = [...this.sockets.keys()].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).destroy()))
    await Promise.all(closed)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request)
    if (control(request, response, body, this)) return
    const record = this.#record(request, body)
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) record.abortedAt = Date.now()
      gone.abort()
    })
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (!this.#isAllowed(request)) return this.#json(response, 401, { error: { message: 'The key is wrong.', type: 'invalid_request_error', param: null, code: 'invalid_api_key' } })
    if (path === '/v1/models') return this.#listModels(response)
    const dialect = DIALECTS[path]
    if (!dialect || request.method !== 'POST') return this.#json(response, 404, { error: { message: `Nothing is served at ${path}.`, type: 'invalid_request_error', param: null, code: 'not_found' } })
    await this.#play(dialect, request, response, record, AbortSignal.any([gone.signal, this.#closing.signal]))
  }

  async #play(dialect: SimulatedDialect, request: IncomingMessage, response: ServerResponse, record: RecordedRequest, signal: AbortSignal): Promise<void> {
    this.served.requests++
    const body = parseBody(record.body)
    const name = typeof body['model'] === 'string' ? body['model'] : ''
    const fromName = readModelScript(name)
    const header = request.headers['x-sim-script']
    const fromHeader = typeof header === 'string' ? checkScript(JSON.parse(header)) : {}
    const script = { ...this.#options.script, ...fromName.script, ...fromHeader, ...this.#take(fromName.model) }
    const isCount = record.path.includes('/count_tokens')
    const prepared = prepareAnswer(dialect, `chatcmpl-sim${this.served.requests}`, fromName.model, body, script)
    const answer = isCount ? { ...prepared, stream: false, whole: JSON.stringify({ input_tokens: prepared.usage.input }) } : prepared
    const isReused = (this.sockets.get(request.socket) ?? 0) > 0
    this.sockets.set(request.socket, (this.sockets.get(request.socket) ?? 0) + 1)
    response.once('finish', () => {
      record.finishedAt = Date.now()
      if (isCount) return
      if (script.fault !== undefined && script.fault !== 'reset-reused' && script.fault !== 'close-idle') return
      this.served.answers++
      this.served.inputTokens += answer.usage.input
      this.served.outputTokens += answer.usage.output
    })
    try {
      await playAnswer({ response, socket: request.socket, answer, script, signal, isReused })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #record(request: IncomingMessage, body: Buffer): RecordedRequest {
    const { method = '', url: path = '', headers } = request
    const record: RecordedRequest = { method, path, headers, body, receivedAt: Date.now(), abortedAt: undefined, finishedAt: undefined }
    this.requests.push(record)
    if (this.requests.length > (this.#options.keepRequests ?? 10_000)) this.requests.shift()
    return record
  }

  #take(model: string): Script {
    const found = this.#queue.find(({ script }) => script.model === undefined || script.model === model)
    if (!found) return {}
    found.left--
    if (found.left <= 0) this.#queue = this.#queue.filter((entry) => entry !== found)
    const { model: _model, times: _times, ...script } = found.script
    return script
  }

  #isAllowed(request: IncomingMessage): boolean {
    const { apiKey } = this.#options
    return apiKey === undefined || request.headers.authorization === `Bearer ${apiKey}` || request.headers['x-api-key'] === apiKey
  }

  #listModels(response: ServerResponse): void {
    const data = (this.#options.models ?? ['echo']).map((id) => ({ id, object: 'model', created: 1_760_000_000, owned_by: 'simulator' }))
    this.#json(response, 200, { object: 'list', data })
  }

  #json(response: ServerResponse, status: number, value: JsonObject): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
}

export async function createProviderSimulator(options: SimulatorOptions = {}): Promise<ProviderSimulator> {
  const simulator = new Simulator(options)
  const server = createServer((request, response) => {
    simulator.serve(request, response).catch((error: unknown) => {
      // A script that cannot be played must show in the test that wrote it.
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error))
    })
  })
  server.on('connection', (socket) => {
    simulator.sockets.set(socket, 0)
    socket.setNoDelay(true)
    socket.once('close', () => simulator.sockets.delete(socket))
    // Clients reset connections; that is what they are here for.
    socket.on('error', () => undefined)
  })
  server.keepAliveTimeout = 60_000
  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, host, resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await simulator.stop()
    await closed
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    requests: simulator.requests,
    served: simulator.served,
    get openSockets() {
      return simulator.sockets.size
    },
    script: (...scripts) => {
      for (const script of scripts) simulator.script(script)
    },
    reset: () => simulator.reset(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
