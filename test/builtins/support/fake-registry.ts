import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A registry of MCP servers with answers of the recorded shape. */
export interface FakeRegistry extends AsyncDisposable {
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: string[]
  /** Takes the place of the next answers, until it is undefined again. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** `server.json` documents; the last of one name is the newest. */
  readonly entries: object[]
  /** By `name@version`. */
  readonly statuses: Map<string, object>
}

interface Named {
  readonly name: string
  readonly version: string
}

export async function startFakeRegistry(entries: readonly object[]): Promise<FakeRegistry> {
  const asked: string[] = []
  const all = [...entries]
  const statuses = new Map<string, object>()
  const nameOf = (entry: object): Named => entry as Named
  const found = (entry: object): object => ({
    server: entry,
    _meta: { 'io.modelcontextprotocol.registry/official': { status: 'active', publishedAt: '2026-01-02T03:04:05Z', isLatest: true, ...statuses.get(`${nameOf(entry).name}@${nameOf(entry).version}`) } },
  })

  function answer(url: URL): object | undefined {
    const [, , kind, name, , version] = url.pathname.split('/').map(decodeURIComponent)
    if (kind !== 'servers') return undefined
    if (name === undefined) {
      const search = url.searchParams.get('search') ?? ''
      const limit = Number(url.searchParams.get('limit') ?? 30)
      const start = Number(url.searchParams.get('cursor') ?? 0)
      const matching = all.filter((entry) => (nameOf(entry).name ?? '').includes(search))
      const page = matching.slice(start, start + limit)
      return { servers: page.map(found), metadata: { count: page.length, ...(start + limit < matching.length ? { nextCursor: String(start + limit) } : {}) } }
    }
    const entry = all.findLast((each) => nameOf(each).name === name && (version === 'latest' || nameOf(each).version === version))
    return entry && found(entry)
  }

  const registry: FakeRegistry = {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    asked,
    instead: undefined,
    entries: all,
    statuses,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (registry.instead) return registry.instead(request, response)
    const body = answer(new URL(request.url ?? '/', registry.url))
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? { title: 'Not Found', status: 404, detail: 'Server not found' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return registry
}
