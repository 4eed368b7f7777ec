/** Legacy MCP over streamable HTTP, spoken raw: an SDK client would be the bottleneck. */
export interface McpScenario {
  readonly name: string
  readonly body: (n: number) => Buffer
  readonly connections: number
  readonly requests: number
}

const message = (n: number, method: string, params: object): Buffer => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: n, method, params }))

export const MCP_SCENARIOS: readonly McpScenario[] = [
  { name: 'mcp tools/call', body: (n) => message(n, 'tools/call', { name: 'echo', arguments: { text: 'hello', n } }), connections: 8, requests: 4000 },
  { name: 'mcp tools/list', body: (n) => message(n, 'tools/list', {}), connections: 8, requests: 4000 },
]

const ACCEPT = { accept: 'application/json, text/event-stream' }

/** Opens a session and gives the headers that its requests carry. */
export async function mcpSession(url: string, headers: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const all = { 'content-type': 'application/json', ...ACCEPT, ...headers }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }
  const answer = await fetch(url, { method: 'POST', headers: all, body: message(0, 'initialize', params) as unknown as string })
  await answer.text()
  const session = answer.headers.get('mcp-session-id')
  const carried = { ...ACCEPT, 'mcp-protocol-version': '2025-11-25', ...(session === null ? {} : { 'mcp-session-id': session }) }
  const ready = await fetch(url, { method: 'POST', headers: { ...all, ...carried }, body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' })
  await ready.text()
  return carried
}
