import { startMcpGateway } from '../../support/mcp-gateway.ts'
import { http } from '../upstream-fixture.ts'
import { legacyScript, modernScript, type Script } from './client-scripts.ts'

/**
 * The client that the suite's client mode starts: a gateway with the suite's server behind it, and a scripted client in
 * front of it. What the suite judges is what the gateway says to the server.
 */
async function main(): Promise<void> {
  const url = process.argv.at(-1) ?? ''
  const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? ''
  const version = process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] ?? '2025-11-25'
  await using gateway = await startMcpGateway({ servers: { subject: http(url) } })
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
  const client: Script = version >= '2026' ? modernScript : legacyScript
  await client(`${gateway.url}/mcp/subject`, scenario, JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Record<string, unknown>)
}

await main()
