import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node'
import { createMcpHandler, inputRequired, isLegacyRequest, McpServer, type McpRequestContext } from '@modelcontextprotocol/server'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Era = McpRequestContext['era']

/** How the server serves clients of the older era. */
export type LegacyWays = 'sessions' | 'stateless' | 'refused' | 'silent' | 'broken'

/** The official SDK’s server with both eras at one address. */
export interface DualEraServer extends AsyncDisposable {
  readonly url: string
  /** Open MCP sessions of the older era. */
  readonly sessions: number
  /** How often somebody said `initialize`. */
  readonly initialized: number
  /** For whoever says `initialize` from now on. */
  legacy: LegacyWays
  /** How `era` is described to sessions of the older era that begin from now on; as in the newer one without it. */
  description: string | undefined
  /** Another tool, of which only sessions of the older era hear. */
  grow(name: string): void
  /** Every session ends, and nobody is told. */
  forgetSessions(): void
}

const said = (text: string): { content: { type: 'text'; text: string }[] } => ({ content: [{ type: 'text', text }] })

const QUESTION = { messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'What now?' } }], maxTokens: 10 }

/** `push` asks its client in the way of the older era alone, `ask` in the way of its client’s. */
function createMcpServer(era: Era, extra: readonly string[], description = 'Which era a call came over.'): McpServer {
  const server = new McpServer({ name: `dual ${era}`, version: '1.0.0' }, { capabilities: { tools: { listChanged: true }, logging: {} } })
  server.registerTool('era', { description }, () => said(era))
  server.registerTool('push', { description: 'Asks the client’s model.' }, async (ctx) => said(JSON.stringify((await ctx.mcpReq.requestSampling(QUESTION)).content)))
  server.registerTool('ask', { description: 'Asks the client’s model.' }, (ctx) => {
    const answer = ctx.mcpReq.inputResponses?.['q']
    return answer === undefined ? inputRequired({ inputRequests: { q: inputRequired.createMessage(QUESTION) } }) : said(JSON.stringify(answer))
  })
  server.registerTool('tell', { description: 'Logs outside of any call.' }, async () => {
    await server.server.notification({ method: 'notifications/message', params: { level: 'warning', data: 'by itself' } })
    return said('told')
  })
  for (const name of extra) server.registerTool(name, { description: 'One more.' }, () => said(name))
  return server
}

interface Session {
  readonly server: McpServer
  readonly transport: NodeStreamableHTTPServerTransport
}

class Sessions {
  readonly open = new Map<string, Session>()
  readonly extra: string[] = []
  initialized = 0
  description: string | undefined

  async #create(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const server = createMcpServer('legacy', this.extra, this.description)
    const transport: NodeStreamableHTTPServerTransport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void this.open.set(id, { server, transport }),
      onsessionclosed: (id) => void this.open.delete(id),
    })
    await server.connect(transport)
    await transport.handleRequest(request, response, body)
  }

  async serve(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const id = request.headers['mcp-session-id']
    if (id === undefined) return this.#create(request, response, body)
    const session = this.open.get(String(id))
    if (session) return session.transport.handleRequest(request, response, body)
    response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } }))
  }
}

export async function runDualEraServer(legacy: LegacyWays = 'sessions'): Promise<DualEraServer> {
  const sessions = new Sessions()
  const create = ({ era }: McpRequestContext): McpServer => createMcpServer(era, [])
  const [modern, either] = [createMcpHandler(create, { legacy: 'reject' }), createMcpHandler(create)]
  const nodeOf = (handler: typeof modern): ReturnType<typeof toNodeHandler> => toNodeHandler(handler)
  const [strict, stateless] = [nodeOf(modern), nodeOf(either)]

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    type Given = Parameters<typeof toWebRequest>[0]
    const given = request as Given
    const web = await toWebRequest(given)
    const isLegacy = await isLegacyRequest(web)
    const text = request.method === 'POST' ? await web.text() : ''
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    if (isLegacy && text.includes('"initialize"')) sessions.initialized++
    if (!isLegacy || dual.legacy === 'refused') return strict(given, response, body)
    if (dual.legacy === 'silent') return
    if (dual.legacy === 'broken') return void response.writeHead(503).end()
    if (dual.legacy === 'stateless') return stateless(given, response, body)
    return sessions.serve(request, response, body)
  }

  const http = createServer((request, response) => void serve(request, response).catch((error: unknown) => response.destroy(error as Error)))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const dual: DualEraServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    legacy,
    get sessions() {
      return sessions.open.size
    },
    get initialized() {
      return sessions.initialized
    },
    get description() {
      return sessions.description
    },
    set description(text) {
      sessions.description = text
    },
    grow(name) {
      sessions.extra.push(name)
      for (const { server } of sessions.open.values()) server.registerTool(name, { description: 'One more.' }, () => said(name))
    },
    forgetSessions() {
      for (const { transport } of sessions.open.values()) void transport.close()
      sessions.open.clear()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([modern.close(), either.close()])
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
  return dual
}
