import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { legacyClient, toolNames, type InstanceClient } from '../support/instance-client.ts'
import { isAlive, openDescriptors, processFamily } from '../support/process-children.ts'

const RESTARTS = 500
const SESSIONS = 100
const SERVERS = 25

const answer = (method: string, result: object): string =>
  `s|.*"id":([0-9]+),"method":"${method}".*|{"jsonrpc":"2.0","id":\\1,"result":${JSON.stringify(result)}}|p`

/** A whole MCP server in a process that starts at once, so that hundreds of them are about the gateway and not about Node. */
const tiny = {
  command: 'sed',
  args: [
    '-u',
    '-n',
    '-E',
    [
      answer('initialize', { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'tiny', version: '1' } }),
      answer('tools/list', { tools: [{ name: 'nothing', inputSchema: { type: 'object' } }] }),
      answer('tools/call', { content: [] }),
    ].join(';'),
  ],
  era: 'legacy',
}

interface Footprint {
  readonly processes: readonly string[]
  readonly zombies: number
  readonly descriptors: number
  readonly records: number
}

function footprint({ child }: GatewayProcess, { directory }: Place): Footprint {
  const pid = child.pid ?? 0
  const records = join(directory, 'data', 'children')
  const family = processFamily(pid).filter((row) => row.pid !== pid)
  return {
    processes: family.map(({ command }) => command.split(' ', 1)[0] ?? '').toSorted(),
    zombies: family.filter(({ state }) => state === 'Z').length,
    descriptors: openDescriptors(pid),
    records: existsSync(records) ? readdirSync(records).length : 0,
  }
}

/** Records are written beside the start of their server, so they may come a moment later. */
async function settled(gateway: GatewayProcess, place: Place, servers: number): Promise<Footprint> {
  await expect.poll(() => footprint(gateway, place).records).toBe(servers)
  const found = footprint(gateway, place)
  expect(found.processes.filter((name) => name === 'sed')).toHaveLength(servers)
  return found
}

/** A scan of the process table may be reading a file in that moment. */
const SPARE_DESCRIPTORS = 2

async function expectBack(baseline: Footprint, gateway: GatewayProcess, place: Place): Promise<void> {
  const same = (now: Footprint): object => ({ ...now, descriptors: now.descriptors <= baseline.descriptors + SPARE_DESCRIPTORS ? 'as before' : now.descriptors })
  await expect.poll(() => same(footprint(gateway, place)), { interval: 200 }).toEqual(same(baseline))
}

interface Health {
  readonly servers: readonly { readonly id: string; readonly state: string }[]
}

async function isReady({ url }: GatewayProcess, ids: readonly string[]): Promise<boolean> {
  const { servers } = (await (await fetch(`${url}/healthz`)).json()) as Health
  return ids.every((id) => servers.some((server) => server.id === id && server.state === 'ready'))
}

async function restartAll(gateway: GatewayProcess, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => fetch(`${gateway.url}/_meta/servers/${id}/restart`, { method: 'POST' })))
  await expect.poll(() => isReady(gateway, ids), { interval: 20 }).toBe(true)
}

const end = (url: string, { raw }: InstanceClient): Promise<Response> => fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': raw?.sessionId ?? '' } })

describe('the process table', () => {
  it(`is back at its baseline after ${RESTARTS} restarts of ${SERVERS} servers`, async () => {
    using place = makePlace()
    const ids = Array.from({ length: SERVERS }, (_, index) => `s${index}`)
    place.write({ version: 1, mcpServers: Object.fromEntries(ids.map((id) => [id, tiny])) })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => isReady(gateway, ids)).toBe(true)
    const baseline = await settled(gateway, place, SERVERS)
    const seen = new Set<number>()
    for (let round = 0; round < RESTARTS / SERVERS; round++) {
      await restartAll(gateway, ids)
      for (const { pid, command } of processFamily(gateway.child.pid ?? 0)) if (command.startsWith('sed')) seen.add(pid)
    }
    // Every restart was one: each round had processes that no other had.
    expect(seen.size).toBeGreaterThanOrEqual(RESTARTS)
    await expectBack(baseline, gateway, place)
  }, 600_000)

  it(`is back at its baseline after ${SESSIONS} sessions with servers of their own, and after they fell idle`, async () => {
    using place = makePlace()
    place.write({ version: 1, mcp: { listWait: 60_000 }, mcpServers: { shared: tiny, own: { ...tiny, isolation: 'per-session' }, brief: { ...tiny, isolation: 'per-session', idleTimeout: 6000, tags: ['brief'] } } })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => isReady(gateway, ['shared'])).toBe(true)
    const baseline = await settled(gateway, place, 1)
    const url = `${gateway.url}/mcp/own`
    const clients: InstanceClient[] = []
    for (let opened = 0; opened < SESSIONS; opened += 10) clients.push(...(await Promise.all(Array.from({ length: 10 }, () => legacyClient(url)))))
    const lists = await Promise.all(clients.map((client) => client.list()))
    expect(lists.map(toolNames)).toEqual(clients.map(() => ['nothing']))
    expect(footprint(gateway, place).processes.filter((name) => name === 'sed')).toHaveLength(SESSIONS + 1)
    await Promise.all(clients.map((client) => end(url, client)))
    await expectBack(baseline, gateway, place)
    const brief = await Promise.all(Array.from({ length: 10 }, () => legacyClient(`${gateway.url}/mcp/brief`)))
    expect(footprint(gateway, place).processes.filter((name) => name === 'sed')).toHaveLength(brief.length + 1)
    await expectBack(baseline, gateway, place)
  }, 600_000)

  it('keeps nothing of the instances of a gateway that is killed, nor of one that is stopped', async () => {
    using place = makePlace()
    place.write({ version: 1, mcp: { listWait: 60_000 }, mcpServers: { own: { ...tiny, isolation: 'per-session' } } })
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await using gateway = await startGatewayProcess(place)
      await Promise.all(Array.from({ length: 10 }, () => legacyClient(`${gateway.url}/mcp/own`)))
      const family = processFamily(gateway.child.pid ?? 0).map(({ pid }) => pid)
      expect(family.length).toBeGreaterThan(10)
      gateway.child.kill(signal)
      await gateway.exited
      await expect.poll(() => family.filter(isAlive)).toEqual([])
    }
  }, 600_000)
})
