import { describe, expect, it } from 'vitest'
import { createCatalog } from '../core/catalog/index.ts'
import type { McpServerId } from '../domain/ids.ts'
import { createEvents, createMetrics, silentLogger } from '../telemetry/index.ts'
import { createMcpUpstream, type McpUpstream } from '../upstreams/mcp/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { reportHealth } from './health-report.ts'

const events = createEvents(silentLogger, createMetrics())

function server(id: string, args: readonly string[], more: Partial<McpUpstream['definition']> = {}): McpUpstream {
  const transport = { kind: 'stdio', command: process.execPath, args, env: {}, inheritEnv: [], cwd: undefined } as const
  const definition = { id: id as McpServerId, transport, era: 'auto', enabled: true, tags: [], timeouts: { connectMs: 60_000, callMs: 60_000, listMs: 120_000 }, limits: { messageBytes: 1_000_000 }, ...more } as const
  return createMcpUpstream(definition, { logger: silentLogger, events, clientInfo: { name: 't', version: '1' }, environment: {}, stateDirectory: undefined })
}

describe('reportHealth', () => {
  it('names a server whose lists hang, one that cannot start, and one that is switched off', async () => {
    await using stack = new AsyncDisposableStack()
    const good = stack.use(server('good', [testServerPath('echo')]))
    const hanging = stack.use(server('hanging', [testServerPath('slow'), '--list-delay', '600000']))
    const off = stack.use(server('off', [], { enabled: false, disabledReason: 'TOKEN is not set' }))
    good.start()
    hanging.start()
    const catalog = stack.use(createCatalog({ upstreams: () => [good, hanging], events, logger: silentLogger, naming: 'prefixed', listWaitMs: 100 }))
    const report = (): Record<string, unknown> => {
      const facts = { status: 'ready', version: '1', startedAt: '', config: { file: null, generation: 1, lastReload: null }, activeRequests: 0, providers: [] } as const
      const { servers } = reportHealth(facts, [good, hanging, off], catalog)
      return Object.fromEntries(servers.map(({ id, state, reason, tools }) => [id, { state, reason, hasTools: tools !== null }]))
    }
    await expect.poll(report).toEqual({
      good: { state: 'ready', reason: null, hasTools: true },
      hanging: { state: 'ready', reason: 'Its lists are being read.', hasTools: false },
      off: { state: 'stopped', reason: 'TOKEN is not set', hasTools: false },
    })
  })
})
