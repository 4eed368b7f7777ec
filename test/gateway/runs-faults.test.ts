import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { QueuedScript } from '../../sim/provider/script.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { createRuns } from '../../src/core/runs/index.ts'
import { createMemoryRuns } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

/** With the durable ones of `durable-runs-faults.test.ts` they are 200. */
const RUNS = 140
const directory = mkdtempSync(join(tmpdir(), 'trunkline-runs-'))
const file = join(directory, 'calls.txt')

let sim: ProviderSimulator
let tools: McpGateway
let gateway: ModelGateway

beforeAll(async () => {
  writeFileSync(file, '')
  sim = await createProviderSimulator()
  const counting = { kind: 'stdio', command: process.execPath, args: [testServerPath('counting'), '--file', file], env: {}, inheritEnv: [], cwd: undefined } as const
  // Only one of them is crashed, and is then away for a while.
  tools = await startMcpGateway({ servers: { counting, fragile: counting } })
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url), defineProvider('messages', sim.url, { kind: 'anthropic' })],
    settings: { maxAttempts: 2, backoffBaseMs: 1, backoffMaxMs: 5 },
    wrap: (exchanges) => createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: createMemoryRuns(), events: createEvents(silentLogger, createMetrics()), logger: silentLogger, settings: () => ({ toolTimeoutMs: 300, maxHops: 4, maxDurationMs: 150_000 }) }).exchanges,
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
  await sim.close()
  rmSync(directory, { recursive: true, force: true })
})

/** The same runs every time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}
const random = seeded(20_261_121)
const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value

const FAULTS = ['none', 'none', 'hang', 'crash', 'model-529', 'model-cut', 'abort', 'endless'] as const
type FaultName = (typeof FAULTS)[number]

interface Outcome {
  readonly fault: FaultName
  readonly ends: number
  readonly text: string
}

const model = (run: number): string => `run-${run}`

/** What the provider says in the turns of one run: two that pay, one that answers, with a fault somewhere. */
function plan(run: number, fault: FaultName): readonly QueuedScript[] {
  const pay = (turn: number): QueuedScript => ({ model: model(run), tools: [{ name: 'counting__pay', arguments: JSON.stringify({ run, turn }) }], firstCall: turn * 10 })
  const last: QueuedScript = { model: model(run), text: 'All is paid.' }
  const broken = (name: string): QueuedScript => ({ ...pay(2), tools: [{ name, arguments: JSON.stringify({ run, turn: 2 }) }] })
  switch (fault) {
    case 'hang':
      return [pay(1), broken('counting__never'), last]
    case 'crash':
      return [pay(1), broken('fragile__explode'), last]
    case 'model-529':
      return [pay(1), { model: model(run), fault: 'status', status: 529, times: 2 }]
    case 'model-cut':
      return [pay(1), { model: model(run), text: 'one two three four', fault: 'cut', after: 2 }]
    case 'endless':
      return Array.from({ length: 6 }, (_, turn) => pay(turn + 1))
    case 'abort':
      return [pay(1), { ...broken('counting__never'), model: model(run) }, last]
    default:
      return [pay(1), pay(2), last]
  }
}

async function runOnce(run: number): Promise<Outcome> {
  const fault = pick(FAULTS)
  const isMessages = random() < 0.5
  const stream = random() < 0.7
  sim.script(...plan(run, fault))
  const body = { model: `${isMessages ? 'messages' : 'chat'}/${model(run)}+tools:counting,fragile`, stream, messages: [{ role: 'user', content: 'Pay.' }], ...(isMessages ? { max_tokens: 100 } : {}) }
  const signal = fault === 'abort' ? AbortSignal.timeout(100) : AbortSignal.timeout(150_000)
  try {
    const response = await fetch(`${gateway.url}/${isMessages ? 'messages' : 'chat/completions'}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal })
    const text = await response.text()
    const ends = stream && response.ok ? (text.match(isMessages ? /event: (?:message_stop|error)/g : /data: \[DONE\]|"error":\{/g) ?? []).length : 1
    return { fault, ends, text }
  } catch (error) {
    if (fault !== 'abort') throw error
    return { fault, ends: 1, text: 'aborted' }
  }
}

describe('runs under faults', () => {
  it(`end once, keep their limits and make no call twice: ${RUNS} runs`, async () => {
    const outcomes: Outcome[] = []
    for (let from = 0; from < RUNS; from += 10) outcomes.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => runOnce(from + index)))))
    expect(outcomes).toHaveLength(RUNS)
    expect(new Set(outcomes.map(({ fault }) => fault)).size).toBe(new Set(FAULTS).size)
    expect(outcomes.filter(({ ends }) => ends !== 1)).toEqual([])
    const said = (fault: FaultName): readonly string[] => outcomes.filter((outcome) => outcome.fault === fault).map(({ text }) => text)
    for (const fault of ['none', 'hang', 'crash'] as const) for (const text of said(fault)) expect(text).toMatch(/All[^]*paid/)
    for (const text of said('endless')) expect(text).toMatch(/length|max_tokens/)
    for (const text of said('model-529')) expect(text).toMatch(/error/)
    const read = (): readonly string[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')
    const runOf = (line: string): number => (JSON.parse(line.slice(line.indexOf('{'))) as { run: number }).run
    // A call that was given up may be written down later.
    await expect.poll(() => outcomes.flatMap(({ fault }, run) => (fault !== 'abort' && !read().some((line) => runOf(line) === run) ? [run] : []))).toEqual([])
    const lines = read()
    const counts = Map.groupBy(lines, (line) => line)
    expect([...counts].filter(([, made]) => made.length > 1).map(([line]) => line)).toEqual([])
    const perRun = Map.groupBy(lines, runOf)
    expect(Math.max(...[...perRun.values()].map(({ length }) => length))).toBeLessThanOrEqual(4)
  }, 600_000)
})
