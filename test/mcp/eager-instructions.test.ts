import { describe, expect, it } from 'vitest'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { modernRequest, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'


interface Told {
  readonly legacy: unknown
  readonly modern: unknown
}

async function hello({ url }: McpGateway, address: string): Promise<Told> {
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }
  const [legacy, modern] = await Promise.all([postMessage(`${url}${address}`, initialize), modernRequest(`${url}${address}`, { method: 'server/discover' })])
  const instructionsOf = ({ answer }: { readonly answer: Json }): unknown => (answer['result'] as Json)['instructions']
  return { legacy: instructionsOf(legacy), modern: instructionsOf(modern) }
}

async function askWhileStarting(tellsAtOnce: boolean, readyAfterMs: number, address = '/mcp'): Promise<{ readonly first: Told; readonly later: Told }> {
  const late: ScriptedUpstream = createScriptedUpstream({ id: 'late', instructions: 'Be late.', answers: { 'tools/list': { tools: [] } } })
  await using gateway = await startMcpGateway({ upstreams: [late], tellsAtOnce })
  const timer = setTimeout(() => late.becomeReady(), readyAfterMs)
  const first = await hello(gateway, address)
  late.becomeReady()
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
  clearTimeout(timer)
  return { first, later: await hello(gateway, address) }
}

const both = (text: unknown): Told => ({ legacy: text, modern: text })

describe('mcp.instructions.eager', () => {
  it('waits for servers that are starting, so that the first answer has their instructions', async () => {
    const { first } = await askWhileStarting(false, 300)
    expect(first).toEqual(both(expect.stringContaining('Be late.')))
  })

  it('switched off, tells at once what is known, and the instructions later', async () => {
    // Who waits is answered after so long, with the instructions.
    const { first, later } = await askWhileStarting(true, 20_000)
    expect(JSON.stringify(first)).not.toContain('Be late.')
    expect(later).toEqual(both(expect.stringContaining('Be late.')))
  })

  it('waits all the same at the address of one server, which knows nothing else to tell', async () => {
    const { first } = await askWhileStarting(true, 300, '/mcp/late')
    expect(first).toEqual(both('Be late.'))
  })
})
