import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { McpServerId } from '../../src/domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../../src/domain/mcp-server.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../src/lib/json-text.ts'
import { createEvents, createMetrics, silentLogger, type Logger } from '../../src/telemetry/index.ts'
import { createMcpUpstream, type McpCall, type McpUpstream, type McpUpstreamDeps } from '../../src/upstreams/mcp/index.ts'
import { testServerPath, type TestServerName } from '../../sim/mcp-servers/index.ts'

export interface UpstreamOptions {
  readonly definition?: Partial<McpServerDefinition>
  readonly timing?: McpUpstreamDeps['timing']
  readonly logger?: Logger
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly stateDirectory?: string
  readonly isTwin?: boolean
}

export function stdio(command: string, args: readonly string[], more: { readonly env?: Record<string, string>; readonly inheritEnv?: readonly string[]; readonly cwd?: string } = {}): McpTransportDefinition {
  return { kind: 'stdio', command, args, env: more.env ?? {}, inheritEnv: more.inheritEnv ?? [], cwd: more.cwd }
}

export function testServer(name: TestServerName, ...args: readonly string[]): McpTransportDefinition {
  return stdio(process.execPath, [testServerPath(name), ...args])
}

export function http(url: string, headers: Record<string, string> = {}): McpTransportDefinition {
  return { kind: 'http', url, headers }
}

/** Not started yet. */
export function createUpstream(transport: McpTransportDefinition, options: UpstreamOptions = {}): McpUpstream {
  const logger = options.logger ?? silentLogger
  const definition: McpServerDefinition = {
    id: 'subject' as McpServerId,
    transport,
    era: 'auto',
    enabled: true,
    tags: [],
    timeouts: { connectMs: 60_000, callMs: 60_000, listMs: 60_000 },
    limits: { messageBytes: 16 * 1024 * 1024 },
    ...options.definition,
  }
  return createMcpUpstream(definition, {
    logger,
    events: createEvents(logger, createMetrics()),
    clientInfo: { name: 'trunkline', version: '0.0.0' },
    // eslint-disable-next-line node/no-process-env
    environment: options.environment ?? process.env,
    stateDirectory: options.stateDirectory,
    ...(options.timing ? { timing: options.timing } : {}),
    ...(options.isTwin ? { isTwin: true } : {}),
  })
}

/** Started, and ready or whatever it came to. */
export async function startUpstream(transport: McpTransportDefinition, options: UpstreamOptions = {}): Promise<McpUpstream> {
  const upstream = createUpstream(transport, options)
  upstream.start()
  await upstream.settled(90_000)
  return upstream
}

export type CallOptions = Partial<Omit<McpCall, 'method' | 'params'>> & { readonly meta?: JsonObject }

export function ask(upstream: McpUpstream, method: string, params?: JsonObject, options: CallOptions = {}): Promise<JsonText> {
  const { meta, ...rest } = options
  const sent = meta ? { ...params, _meta: meta } : params
  return upstream.call({ method, params: sent && toJsonText(sent), signal: new AbortController().signal, ...rest })
}

export async function callTool(upstream: McpUpstream, name: string, given: JsonObject = {}, options: CallOptions = {}): Promise<JsonObject> {
  const value = parseJsonText(await ask(upstream, 'tools/call', { name, arguments: given }, options))
  if (!isJsonObject(value)) throw new Error('a tool result is an object')
  return value
}

/** The text of a result's first block, parsed. */
export function content(result: JsonObject): JsonValue {
  const [first] = result['content'] as readonly JsonObject[]
  return JSON.parse(first?.['text'] as string) as JsonValue
}

export function textOf(result: JsonObject): string {
  const [first] = result['content'] as readonly JsonObject[]
  return first?.['text'] as string
}

export async function toolNames(upstream: McpUpstream): Promise<readonly string[]> {
  const { tools } = JSON.parse(await ask(upstream, 'tools/list')) as { tools: { name: string }[] }
  return tools.map(({ name }) => name)
}

/** Resolves when the upstream is as described; the test's own timeout is the deadline. */
export function until(upstream: McpUpstream, predicate: (upstream: McpUpstream) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!predicate(upstream)) return
      off()
      resolve()
    }
    const off = upstream.onChange(check)
    check()
  })
}

export const isReady = ({ status }: McpUpstream): boolean => status.state === 'ready'

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly pid: number
}

/** Runs a server that prints an address to stderr or stdout; disposing ends it. */
export async function runServer(args: readonly string[], address: RegExp, env: Record<string, string> = {}): Promise<RunningServer> {
  // eslint-disable-next-line node/no-process-env
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let seen = ''
  const read = (chunk: Buffer): void => {
    seen += chunk.toString()
    const found = address.exec(seen)
    if (found) resolve(found[1] ?? found[0])
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const exited = new Promise<void>((done) => child.on('exit', () => done()))
  void exited.then(() => reject(new Error(`the server ended: ${seen}`)))
  const url = await promise
  return {
    url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

export const runTestServer = (name: TestServerName, ...args: readonly string[]): Promise<RunningServer> =>
  runServer([testServerPath(name), '--http', ...args], /listening (\S+)/)

export interface FakeServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** A far side that the test scripts itself. */
export async function fakeServer(listener: RequestListener, port = 0): Promise<FakeServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function readRpc(request: IncomingMessage): Promise<JsonObject> {
  const body = await text(request)
  return body === '' ? {} : (JSON.parse(body) as JsonObject)
}

export function replyJson(response: ServerResponse, value: JsonObject, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

export function initialized(id: JsonValue | undefined, capabilities: JsonObject = { tools: {} }): JsonObject {
  return { jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'fake', version: '1' } } }
}
