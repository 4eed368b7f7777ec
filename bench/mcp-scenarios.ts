/** Legacy MCP over streamable HTTP, spoken raw: an SDK client would be the bottleneck. */
export interface McpScenario {
  readonly name: string
  readonly body: (n: number) => Buffer
  readonly connections: number
  readonly requests: number
}

const message = (n: number, method: string, params: object): Buffer => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: n, method, params }))

const call = (n: number): Buffer => message(n, 'tools/call', { name: 'echo', arguments: { text: 'hello', n } })
const list = (n: number): Buffer => message(n, 'tools/list', {})

/** One client at a time has nobody to wait for; sixty-four are more than the cores can serve at once. */
export const MCP_SCENARIOS: readonly McpScenario[] = [1, 16, 64].flatMap((connections) => {
  const requests = connections === 1 ? 1500 : 4000
  const clients = `${connections} ${connections === 1 ? 'client' : 'clients'}`
  return [
    { name: `mcp tools/call, ${clients}`, body: call, connections, requests },
    { name: `mcp tools/list, ${clients}`, body: list, connections, requests },
  ]
})

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
