import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { openStorage } from '../../src/storage/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'

const WANTED = 1000
const CLIENTS = 16

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator({ keepRequests: 1 })
})
afterAll(() => sim.close())

/** One exchange to its very end; the request id of an answer that came whole, nothing otherwise. */
async function exchange(url: string, stream: boolean): Promise<string | undefined> {
  const body = JSON.stringify({ model: 'sim/echo', stream, messages: [{ role: 'user', content: 'one two three' }] })
  try {
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    const isWhole = stream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}')
    return answer.ok && isWhole ? (answer.headers.get('x-trunkline-request-id') ?? undefined) : undefined
  } catch {
    return undefined
  }
}

describe('the ledger', () => {
  it(`has each of ${WANTED} finished answers exactly once, whenever the gateway is killed`, async () => {
    using place = makePlace()
    place.write({ version: 1, mcpServers: {}, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url } }, telemetry: { level: 'warn' } })
    const finished: string[] = []
    let kills = 0
    while (finished.length < WANTED) {
      const gateway = await startGatewayProcess(place)
      const target = finished.length + 60 + ((kills * 53) % 120)
      let isAlive = true
      const client = async (n: number): Promise<void> => {
        while (isAlive && finished.length < WANTED) {
          const id = await exchange(gateway.url, n % 2 === 0)
          if (id !== undefined) finished.push(id)
          if (finished.length >= target && isAlive) {
            isAlive = false
            kills++
            gateway.child.kill('SIGKILL')
          }
        }
      }
      await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)))
      gateway.child.kill('SIGKILL')
      await gateway.exited
    }
    expect(kills).toBeGreaterThan(5)
    await using storage = await openStorage({ directory: join(place.directory, 'data') })
    const rows = await storage.ledger.list({ limit: 100_000 })
    const requests = new Map<string, number>()
    for (const { requestId } of rows) requests.set(requestId, (requests.get(requestId) ?? 0) + 1)
    expect(finished.filter((id) => requests.get(id) !== 1)).toEqual([])
    expect(new Set(rows.map(({ attemptId }) => attemptId)).size).toBe(rows.length)
    // What the provider served beyond the rows was cut by a kill: at most what all clients had in flight at each.
    expect(sim.served.requests - rows.length).toBeGreaterThanOrEqual(0)
    expect(sim.served.requests - rows.length).toBeLessThanOrEqual((kills + 1) * CLIENTS)
    const answered = rows.filter(({ outcome }) => outcome === 'answered')
    expect(new Set(answered.map(({ usageSource, usage }) => `${usageSource} ${usage?.output.total ?? 0}`))).toEqual(new Set(['provider 5']))
  }, 600_000)
})
