import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { load, type LoadResult } from './load.ts'
import { mcpSession } from './mcp-scenarios.ts'
import { startMeasured, type Measured } from './processes.ts'
import { fixed, median, table } from './table.ts'

const SERVERS = 50
const STARTS = 6
const SICK = ['frozen', 'crashing', 'flooding'] as const
const MOODY = new URL('../sim/mcp-servers/moody.ts', import.meta.url).pathname

/** Fifty servers with forty tools each, three of which can be made sick and well again. */
interface Crowd extends AsyncDisposable {
  readonly gateway: Measured
  /** From each of its starts until it listened; no server was up then. */
  readonly listeningMs: readonly number[]
  makeSick(): void
  makeWell(): Promise<void>
}

const message = (n: number, method: string, params: object): Buffer => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: n, method, params }))

async function isComplete(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/healthz`)
  const health = (await answer.json()) as { servers: readonly { state: string }[] }
  const servers = health.servers
  return servers.length >= SERVERS && servers.every(({ state }) => state === 'ready')
}

async function untilComplete(url: string): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if (await isComplete(url)) return
    await sleep(100)
  }
  throw new Error('Fifty servers were not ready within a minute.')
}

async function startCrowd(directory: string): Promise<Crowd> {
  const folders = Object.fromEntries(SICK.map((name) => [name, join(directory, name)]))
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  const plain = Array.from({ length: SERVERS - SICK.length }, (_, index) => [`server${index}`, { command: process.execPath, args: [MOODY] }])
  const sick = SICK.map((name) => [name, { command: process.execPath, args: [MOODY, '--folder', folders[name]] }])
  writeFileSync(join(directory, 'crowd.json'), JSON.stringify({ version: 1, mcpServers: Object.fromEntries([...plain, ...sick]), telemetry: { format: 'json' } }))
  const listeningMs: number[] = []
  const start = async (): Promise<Measured> => {
    const began = performance.now()
    const started = await startMeasured('../bin/trunkline.mjs', ['serve', '--next-steps', '--config', join(directory, 'crowd.json'), '--data', join(directory, 'crowd'), '--port', '0'], { HOME: directory })
    listeningMs.push(performance.now() - began)
    return started
  }
  for (let n = 1; n < STARTS; n++) await (await start())[Symbol.asyncDispose]()
  const gateway = await start()
  await untilComplete(gateway.url)
  const pidOf = (name: string): number => Number(readFileSync(join(folders[name] ?? '', 'pid'), 'utf8'))
  return {
    gateway,
    listeningMs,
    makeSick() {
      process.kill(pidOf('frozen'), 'SIGSTOP')
      writeFileSync(join(folders['crashing'] ?? '', 'crash'), '')
      writeFileSync(join(folders['flooding'] ?? '', 'flood'), '')
    },
    async makeWell() {
      process.kill(pidOf('frozen'), 'SIGCONT')
      rmSync(join(folders['crashing'] ?? '', 'crash'))
      rmSync(join(folders['flooding'] ?? '', 'flood'))
      await fetch(`${gateway.url}/_meta/servers/crashing/restart`, { method: 'POST' })
      await untilComplete(gateway.url)
    },
    async [Symbol.asyncDispose]() {
      try {
        process.kill(pidOf('frozen'), 'SIGCONT')
      } catch {
        // It is gone already.
      }
      await gateway[Symbol.asyncDispose]()
    },
  }
}

interface Work {
  readonly name: string
  readonly body: (n: number) => Buffer
  readonly connections: number
  readonly requests: number
}

const WORKS: readonly Work[] = [
  { name: 'tools/list of 2,000 tools, one client', body: (n) => message(n, 'tools/list', {}), connections: 1, requests: 2000 },
  { name: 'tools/call of the others, 8 clients', body: (n) => message(n, 'tools/call', { name: `server${n % 40}__echo`, arguments: { n } }), connections: 8, requests: 10_000 },
]

const MOODS = { well: 'all are well', sick: 'one frozen, one crashing, one flooding', again: 'all are well again' } as const
type Mood = keyof typeof MOODS

/**
 * What fifty servers cost, and what three sick ones cost their neighbours: the same gateway well, sick, and well again, in turns. What
 * the two healthy measurements differ by is what the machine adds by itself; `× healthy` is against the mean of both.
 */
export async function measureManyServers(directory: string, rounds: number): Promise<string> {
  await using crowd = await startCrowd(directory)
  const headers = await mcpSession(`${crowd.gateway.url}/mcp`, {})
  const results = new Map<string, LoadResult[]>()
  async function run(mood: Mood | 'warm-up'): Promise<void> {
    for (const { name, body, connections, requests } of WORKS) {
      const result = await load({ url: `${crowd.gateway.url}/mcp`, headers, body, connections, requests })
      results.set(`${name} ${mood}`, [...(results.get(`${name} ${mood}`) ?? []), result])
    }
  }
  await run('warm-up')
  await run('warm-up')
  for (let round = 0; round < rounds; round++) {
    await run('well')
    crowd.makeSick()
    await sleep(500)
    await run('sick')
    await crowd.makeWell()
    await run('again')
  }
  const of = (key: string, read: (result: LoadResult) => number): number => median((results.get(key) ?? []).map(read))
  const healthy = (name: string): number => (of(`${name} well`, (result) => result.p99Ms) + of(`${name} again`, (result) => result.p99Ms)) / 2
  const rows = WORKS.flatMap(({ name }) =>
    Object.entries(MOODS).map(([mood, neighbours]) => {
      const key = `${name} ${mood}`
      const p99 = of(key, (result) => result.p99Ms)
      const errors = (results.get(key) ?? []).reduce((sum, result) => sum + result.errors, 0)
      return [name, neighbours, fixed(of(key, (result) => result.perSecond), 0), fixed(of(key, (result) => result.p50Ms)), fixed(p99), fixed(p99 / healthy(name)), String(errors)]
    }),
  )
  const head = ['50 servers × 40 tools', 'neighbours', 'req/s', 'p50 ms', 'p99 ms', '× healthy', 'errors']
  return `${table(head, rows)}\n\nlistening ${fixed(median(crowd.listeningMs), 0)} ms after the start (${crowd.listeningMs.map((ms) => fixed(ms, 0)).join(', ')}), before any server was up; resident memory ${fixed(crowd.gateway.residentMegabytes(), 0)} MB`
}
