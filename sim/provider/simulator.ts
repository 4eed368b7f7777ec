import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { prepareAnswer, WIRES } from './answer.ts'
import { control, type Controlled } from './control-api.ts'
import { findEndpoint, type Endpoint } from './endpoint.ts'
import { describeModels } from './model-lists.ts'
import { playAnswer } from './play-answer.ts'
import type { RecordedRequest, Served } from './records.ts'
import { checkScript, readModelScript, type QueuedScript, type Script } from './script.ts'
import { createStoredResponses } from './stored-responses.ts'

export interface SimulatorOptions {
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Names that lists of models have. */
  readonly models?: readonly string[]
  /** For requests that nothing else is scripted for; as a function, for a client whose requests come in an order of its own. */
  readonly script?: Script | ((request: RecordedRequest) => Script)
  /** With it, requests that do not carry it are answered 401. */
  readonly apiKey?: string
  /** Oldest records are forgotten beyond it. */
  readonly keepRequests?: number
}

/** A provider on a real socket that says, or fails to say, what it is told. It has no model, no limits, and no memory but for stored responses. */
export interface ProviderSimulator extends AsyncDisposable {
  /** Without a path, as the base of what is not under `/v1`: Gemini’s `/v1beta`, Ollama’s `/api`. */
  readonly origin: string
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

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

class Simulator implements Controlled {
  readonly requests: RecordedRequest[] = []
  readonly served: Served = { requests: 0, answers: 0, inputTokens: 0, outputTokens: 0 }
  readonly sockets = new Map<Socket, number>()
  readonly #options: SimulatorOptions
  readonly #closing = new AbortController()
  readonly #stored = createStoredResponses()
  #queue: { readonly script: QueuedScript; left: number }[] = []

  constructor(options: SimulatorOptions) {
    this.#options = options
  }

  script(script: QueuedScript): void {
    this.#queue.push({ script: checkScript(script), left: script.times ?? 1 })
  }

  reset(): void {
    this.#queue = []
    this.#stored.clear()
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
    const url = new URL(request.url ?? '/', 'http://simulator')
    const endpoint = request.method === 'POST' ? findEndpoint(url) : undefined
    const [status, message] = this.#refusal(request, url)
    if (status !== 200) return send(response, status, WIRES[endpoint?.dialect ?? 'openai-chat'].error(status, {}, message))
    if (endpoint) return this.#play(endpoint, request, response, record, AbortSignal.any([gone.signal, this.#closing.signal]))
    this.#tell(request, response, url)
  }

  #refusal({ headers }: IncomingMessage, { searchParams }: URL): readonly [status: number, message: string] {
    const { apiKey } = this.#options
    const shown = [headers.authorization?.replace(/^Bearer /, ''), headers['x-api-key'], headers['x-goog-api-key'], searchParams.get('key')]
    if (apiKey !== undefined && !shown.includes(apiKey)) return [401, 'The key is wrong.']
    // The Responses dialect has a WebSocket, the simulator does not.
    return headers.upgrade === undefined ? [200, ''] : [426, 'Use POST.']
  }

  /** What is not an answer of a model: lists of models, and responses that were made before. */
  #tell({ method = '', headers }: IncomingMessage, response: ServerResponse, url: URL): void {
    const models = method === 'GET' ? describeModels(url.pathname, headers, this.#options.models ?? ['echo']) : undefined
    if (models) return send(response, 200, JSON.stringify(models))
    const stored = this.#stored.answer(method, url)
    if (!stored) return send(response, 404, WIRES['openai-chat'].error(404, {}, `Nothing is served at ${method} ${url.pathname}.`))
    if (stored.finished) response.once('finish', () => this.#count(stored.finished))
    send(response, stored.status, JSON.stringify(stored.body))
  }

  /** The script of a request, and its model's name without the script that may be behind it. */
  #plan(endpoint: Endpoint, record: RecordedRequest, body: JsonObject): { readonly model: string; readonly script: Script } {
    const named = typeof body['model'] === 'string' ? body['model'] : ''
    const fromName = readModelScript(endpoint.model ?? named)
    const header = record.headers['x-sim-script']
    const fromHeader = typeof header === 'string' ? checkScript(JSON.parse(header)) : {}
    const { script: usual } = this.#options
    return { model: fromName.model, script: { ...(typeof usual === 'function' ? usual(record) : usual), ...fromName.script, ...fromHeader, ...this.#take(fromName.model) } }
  }

  async #play(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse, record: RecordedRequest, signal: AbortSignal): Promise<void> {
    this.served.requests++
    const body = parseBody(record.body)
    const { model, script } = this.#plan(endpoint, record, body)
    const { writing, answer: prepared } = prepareAnswer(endpoint, this.served.requests, model, body, script)
    const isResponse = endpoint.dialect === 'openai-responses' && endpoint.action === 'answer'
    const refusal = isResponse ? this.#stored.refuse(body) : undefined
    if (refusal) return send(response, refusal.status, JSON.stringify(refusal.body))
    if (isResponse) this.#stored.add(writing)
    const isLater = isResponse && body['background'] === true && !prepared.stream
    const answer = isLater ? { ...prepared, whole: () => JSON.stringify(this.#stored.body(writing.reply.id)) } : prepared
    const isReused = (this.sockets.get(request.socket) ?? 0) > 0
    this.sockets.set(request.socket, (this.sockets.get(request.socket) ?? 0) + 1)
    response.once('finish', () => {
      record.finishedAt = Date.now()
      if (isLater || endpoint.action === 'count') return
      if (script.fault === undefined || script.fault === 'reset-reused' || script.fault === 'close-idle') this.#count(answer.usage)
    })
    try {
      await playAnswer({ response, socket: request.socket, answer, script, signal, isReused })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #count(usage: { readonly input: number; readonly output: number } | undefined): void {
    if (!usage) return
    this.served.answers++
    this.served.inputTokens += usage.input
    this.served.outputTokens += usage.output
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
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    origin,
    url: `${origin}/v1`,
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
