import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, type LoadOptions, type LoadResult } from './load.ts'
import { MCP_SCENARIOS, mcpSession } from './mcp-scenarios.ts'
import { type Measured, startMeasured } from './processes.ts'
import { measureManyServers } from './many-servers.ts'
import { RUN_SCENARIOS } from './run-scenarios.ts'
import { CHAT_SCENARIOS } from './scenarios.ts'
import { fixed, median, table } from './table.ts'
import { TRANSLATED_SCENARIOS } from './translated-scenarios.ts'
import { measureWorkspace } from './workspace.ts'

/**
 * Ratios, not seconds: every contender of a row does the same work in the same minute, in turns, and the row is the
 * median over the rounds. CPU is that of the process in the middle alone. Usage: main.ts [rounds]
 */
const ROUNDS = Number(process.argv[2] ?? 3)

interface Contender {
  readonly name: string
  readonly process: Measured
  readonly request: Omit<LoadOptions, 'body' | 'connections' | 'requests'>
}

interface Row {
  readonly scenario: string
  readonly contender: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly firstByteP50Ms: number
  /** Of the contender's own process, per request, or per chunk of a stream. */
  readonly cpuMicroseconds: number | undefined
  /** Of the contender's own process, when the row was done. */
  readonly residentMegabytes: number | undefined
  readonly errors: number
}

async function measure(scenario: { name: string; bodies: (contender: string) => LoadOptions['body']; connections: number; requests: number; chunks: number }, contenders: readonly Contender[]): Promise<readonly Row[]> {
  const rounds = new Map<string, { result: LoadResult; cpu: number | undefined }[]>()
  process.stderr.write(`${scenario.name}\n`)
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, process: middle, request } of contenders) {
      const before = middle.cpuSeconds()
      const requests = round === 0 ? Math.ceil(scenario.requests / 10) : scenario.requests
      const result = await load({ ...request, body: scenario.bodies(name), connections: scenario.connections, requests })
      const after = middle.cpuSeconds()
      if (round === 0) continue
      const cpu = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / (result.requests * scenario.chunks)
      rounds.set(name, [...(rounds.get(name) ?? []), { result, cpu }])
    }
  }
  return contenders.map(({ name }) => {
    const runs = rounds.get(name) ?? []
    const of = (read: (result: LoadResult) => number): number => median(runs.map(({ result }) => read(result)))
    const cpu = runs.flatMap((run) => (run.cpu === undefined ? [] : [run.cpu]))
    return {
      scenario: scenario.name,
      contender: name,
      perSecond: of((r) => r.perSecond),
      p50Ms: of((r) => r.p50Ms),
      p99Ms: of((r) => r.p99Ms),
      firstByteP50Ms: of((r) => r.firstByteP50Ms),
      cpuMicroseconds: cpu.length === 0 ? undefined : median(cpu),
      residentMegabytes: contenders.find((contender) => contender.name === name)?.process.residentMegabytes(),
      errors: runs.reduce((sum, { result }) => sum + result.errors, 0),
    }
  })
}

function show(rows: readonly Row[]): string {
  const relative = (row: Row, read: (row: Row) => number | undefined): string => {
    const bases = rows.filter(({ scenario }) => scenario === row.scenario)
    const base = bases.find(({ contender }) => contender === 'relay') ?? bases.find(({ contender }) => contender === 'direct' || contender === 'a plain turn')
    const [own, other] = [read(row), base && read(base)]
    return own === undefined || other === undefined ? '–' : fixed(own / other)
  }
  const head = ['work', 'through', 'req/s', '× base', 'p50 ms', '× base', 'p99 ms', '× base', 'first byte ms', '× base', 'CPU µs', '× base', 'MB', '× base', 'errors']
  return table(
    head,
    rows.map((row) => [
      row.scenario,
      row.contender,
      fixed(row.perSecond, 0),
      relative(row, (r) => r.perSecond),
      fixed(row.p50Ms),
      relative(row, (r) => r.p50Ms),
      fixed(row.p99Ms),
      relative(row, (r) => r.p99Ms),
      fixed(row.firstByteP50Ms),
      relative(row, (r) => r.firstByteP50Ms),
      fixed(row.cpuMicroseconds, 0),
      relative(row, (r) => r.cpuMicroseconds),
      fixed(row.residentMegabytes, 0),
      relative(row, (r) => r.residentMegabytes),
      String(row.errors),
    ]),
  )
}

const directory = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
try {
  await using stack = new AsyncDisposableStack()
  const upstream = stack.use(await startMeasured('./upstream.ts', []))
  const relay = stack.use(await startMeasured('./relay.ts', [upstream.url]))
  const echo = stack.use(await startMeasured('../sim/mcp-servers/echo.ts', ['--http']))
  const config = {
    version: 1,
    mcpServers: {
      http: { type: 'http', url: mcpAddress(echo.url) },
      stdio: { command: process.execPath, args: [new URL('../sim/mcp-servers/echo.ts', import.meta.url).pathname] },
    },
    providers: {
      bench: { kind: 'openai-compatible', baseUrl: `${upstream.url}/v1`, apiKey: 'bench' },
      claude: { kind: 'anthropic-compatible', baseUrl: `${upstream.url}/v1`, apiKey: 'bench' },
    },
    auth: { keys: [{ name: 'bench', key: 'tlk_bench', scopes: ['models:use', 'tools:use', 'admin:read'] }] },
    telemetry: { level: 'info', format: 'json' },
  }
  writeFileSync(join(directory, 'trunkline.json'), JSON.stringify(config))
  const gateway = stack.use(
    await startMeasured('../bin/trunkline.mjs', ['serve', '--next-steps', '--config', join(directory, 'trunkline.json'), '--data', join(directory, 'data'), '--port', '0'], { HOME: directory }),
  )
  const key = { authorization: 'Bearer tlk_bench' }
  const rows: Row[] = []
  for (const scenario of CHAT_SCENARIOS) {
    const path = '/v1/chat/completions'
    rows.push(
      ...(await measure({ ...scenario, bodies: () => () => scenario.body }, [
        { name: 'direct', process: upstream, request: { url: upstream.url + path, headers: {} } },
        { name: 'relay', process: relay, request: { url: relay.url + path, headers: {} } },
        { name: 'trunkline', process: gateway, request: { url: gateway.url + path, headers: key } },
      ])),
    )
  }
  for (const scenario of TRANSLATED_SCENARIOS) {
    const { direct, passed, translated } = scenario
    const body: Readonly<Record<string, Buffer>> = { direct: direct.body, 'trunkline, passed through': passed.body, 'trunkline, translated': translated.body }
    const versioned = { 'anthropic-version': '2023-06-01' }
    rows.push(
      ...(await measure({ ...scenario, bodies: (contender) => () => body[contender] ?? direct.body }, [
        { name: 'direct', process: upstream, request: { url: upstream.url + direct.path, headers: versioned } },
        { name: 'trunkline, passed through', process: gateway, request: { url: gateway.url + passed.path, headers: { ...key, ...versioned } } },
        { name: 'trunkline, translated', process: gateway, request: { url: gateway.url + translated.path, headers: { ...key, ...versioned } } },
      ])),
    )
  }
  for (const { plain, withTools, ...scenario } of RUN_SCENARIOS) {
    const request = { url: `${gateway.url}/v1/chat/completions`, headers: key }
    rows.push(
      ...(await measure({ ...scenario, bodies: (contender) => () => (contender === 'a plain turn' ? plain : withTools) }, [
        { name: 'a plain turn', process: gateway, request },
        { name: 'a turn of a run', process: gateway, request },
      ])),
    )
  }
  for (const scenario of MCP_SCENARIOS) {
    const targets = [
      { name: 'direct', process: echo, url: mcpAddress(echo.url), headers: {} },
      { name: 'trunkline → http', process: gateway, url: `${gateway.url}/mcp/http`, headers: key },
      { name: 'trunkline → stdio', process: gateway, url: `${gateway.url}/mcp/stdio`, headers: key },
    ]
    const contenders = await Promise.all(
      targets.map(async ({ name, process: middle, url, headers }) => ({ name, process: middle, request: { url, headers: { ...headers, ...(await mcpSession(url, headers)) } } })),
    )
    rows.push(...(await measure({ ...scenario, chunks: 1, bodies: () => scenario.body }, contenders)))
  }
  const crowd = await measureManyServers(directory, ROUNDS)
  const workspace = await measureWorkspace(directory)
  const machine = `${cpus()[0]?.model ?? 'unknown'} × ${cpus().length}, Node ${process.versions.node}, ${ROUNDS} rounds`
  process.stdout.write(`${machine}\n\n${show(rows)}\n\nbase: the relay for chat, the provider itself for translated streams, the plain turn for runs, the server itself for MCP. Trunkline's resident memory at the end: ${fixed(gateway.residentMegabytes(), 0)} MB\n\n${crowd}\n\n${workspace}\n`)
  const results = new URL('./results/', import.meta.url)
  mkdirSync(results, { recursive: true })
  writeFileSync(new URL('latest.json', results), `${JSON.stringify({ at: new Date().toISOString(), machine, residentMegabytes: gateway.residentMegabytes(), rows, crowd, workspace }, null, 2)}\n`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function mcpAddress(url: string): string {
  return new URL('/mcp', url).href
}
