import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CatalogueServer } from './read-catalogue.ts'

/** MCP servers that list what the catalogue says, each at its own path of one port. They take no calls. */
export interface CatalogueHost extends AsyncDisposable {
  urlOf(server: string): string
}

function answer(server: CatalogueServer, method: string): unknown {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: server.name, version: '1' } }
    case 'tools/list':
      return { tools: server.tools }
    default:
      return {}
  }
}

export async function hostCatalogue(servers: readonly CatalogueServer[]): Promise<CatalogueHost> {
  const byPath = new Map(servers.map((server) => [`/${server.name}`, server]))
  const http = createServer((request, response) => {
    const server = byPath.get(request.url ?? '')
    if (!server || request.method !== 'POST') return void response.writeHead(405).end()
    text(request).then(
      (body) => {
        const { id, method } = JSON.parse(body) as { id?: unknown; method: string }
        if (id === undefined) return void response.writeHead(202).end()
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: answer(server, method) }))
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    )
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  return {
    urlOf: (server) => `http://127.0.0.1:${port}/${server}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}
