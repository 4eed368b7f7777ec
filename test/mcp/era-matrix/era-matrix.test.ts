import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { McpEra } from '../../../src/domain/mcp-server.ts'
import { SCOPES } from '../../../src/domain/scope.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { startMcpGateway } from '../../support/mcp-gateway.ts'
import { twinPolicy } from '../../support/twin-policy.ts'
import { fixtureOverStdio, runFixture } from '../conformance/run-suite.ts'
import { http } from '../upstream-fixture.ts'
import { CASES } from './cases.ts'
import type { Cell } from './cell.ts'
import { MANIFEST, type Exception, type Requirement } from './manifest.ts'
import { connectLegacyClient, connectModernClient, type Outcome } from './matrix-client.ts'

const ERAS = ['legacy', 'modern'] as const
const TRANSPORTS = ['stdio', 'http'] as const

const CELLS = ERAS.flatMap((client) => [
  ...ERAS.flatMap((server) => TRANSPORTS.map((transport) => [client, server, transport] as const)),
  // A server of both eras is one of the client’s own.
  ...TRANSPORTS.map((transport) => [client, 'auto', transport] as const),
])

function exceptionFor({ exceptions = [] }: Requirement, client: McpEra, server: McpEra): Exception | undefined {
  return exceptions.find((one) => (one.client ?? client) === client && (one.server ?? server) === server)
}

function expectAsManifest(outcome: Outcome | undefined, exception: Exception | undefined): void {
  if (exception === undefined || exception.comesTo === 'silence') return expect(outcome).toBeUndefined()
  expect(outcome?.error?.code).toBe(exception.comesTo.code)
  expect(outcome?.error?.message).toMatch(exception.comesTo.message)
}

describe('the manifest', () => {
  it('has one case for every requirement, and no case that nothing requires', () => {
    const ids = MANIFEST.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(CASES).toSorted()).toEqual(ids.toSorted())
  })

  it('says where each requirement comes from, and why a cell is an exception', () => {
    for (const { section, method, exceptions = [] } of MANIFEST) {
      for (const era of ERAS) expect([section[era], method[era]]).not.toContain('')
      for (const { why } of exceptions) expect(why.length).toBeGreaterThan(10)
    }
  })
})

describe.each(CELLS)('a %s client at a %s server over %s', (clientEra, configured, transport) => {
  const serverEra = configured === 'auto' ? clientEra : configured
  const stack = new AsyncDisposableStack()
  let cell: Cell

  beforeAll(async () => {
    const server = transport === 'stdio' ? fixtureOverStdio('--paged') : http(stack.use(await runFixture('--paged')).url)
    const keys = ['one', 'two'].map((name) => ({ name, key: new Secret(`key-of-${name}`), scopes: SCOPES }))
    const gateway = stack.use(await startMcpGateway({ servers: { conf: server, demo: { kind: 'builtin', name: 'demo' } }, definition: { era: configured, ...(configured === 'auto' ? twinPolicy(server) : {}) }, keys }))
    await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
    const connect = clientEra === 'legacy' ? connectLegacyClient : connectModernClient
    const [client, stranger, aggregate] = await Promise.all([connect(`${gateway.url}/mcp/conf`, 'key-of-one'), connect(`${gateway.url}/mcp/conf`, 'key-of-two'), connect(`${gateway.url}/mcp`, 'key-of-one')])
    cell = { client, stranger, aggregate, server: serverEra }
  })

  afterAll(() => stack.disposeAsync())

  it.each(MANIFEST.map((requirement) => [requirement.id, requirement] as const))('%s', async (id, requirement) => {
    expectAsManifest(await CASES[id]?.(cell), exceptionFor(requirement, clientEra, serverEra))
  })
})
