import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCOPES } from '../../src/domain/scope.ts'
import { Secret } from '../../src/domain/secret.ts'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { twinPolicy } from '../support/twin-policy.ts'
import { fixtureOverStdio, runFixture } from './conformance/run-suite.ts'
import { CASES } from './era-matrix/cases.ts'
import type { Cell } from './era-matrix/cell.ts'
import { MANIFEST } from './era-matrix/manifest.ts'
import { connectSseClient } from './era-matrix/sse-matrix-client.ts'
import { http } from './upstream-fixture.ts'

describe.each([['legacy', 'stdio'], ['modern', 'http'], ['auto', 'http']] as const)('a client over HTTP+SSE at a %s server over %s', (configured, transport) => {
  // A server of both eras is one of the client’s own.
  const era = configured === 'auto' ? 'legacy' : configured
  const stack = new AsyncDisposableStack()
  let cell: Cell

  beforeAll(async () => {
    const server = transport === 'stdio' ? fixtureOverStdio('--paged') : http(stack.use(await runFixture('--paged')).url)
    const keys = ['one', 'two'].map((name) => ({ name, key: new Secret(`key-of-${name}`), scopes: SCOPES }))
    const gateway = stack.use(await startMcpGateway({ servers: { conf: server, demo: { kind: 'builtin', name: 'demo' } }, definition: { era: configured, ...(configured === 'auto' ? twinPolicy(server) : {}) }, keys }))
    await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
    const connect = async (address: string, key: string) => stack.use(await connectSseClient(`${gateway.url}${address}`, key))
    cell = { client: await connect('/sse/conf', 'key-of-one'), stranger: await connect('/sse/conf', 'key-of-two'), aggregate: await connect('/sse', 'key-of-one'), server: era }
  })

  afterAll(() => stack.disposeAsync())

  it.each(MANIFEST.map((requirement) => [requirement.id, requirement] as const))('%s', async (id, { exceptions = [] }) => {
    const exception = exceptions.find((one) => (one.client ?? 'legacy') === 'legacy' && (one.server ?? era) === era)
    const outcome = await CASES[id]?.(cell)
    if (exception === undefined || exception.comesTo === 'silence') return expect(outcome).toBeUndefined()
    expect(outcome?.error?.code).toBe(exception.comesTo.code)
    expect(outcome?.error?.message).toMatch(exception.comesTo.message)
  })
})
