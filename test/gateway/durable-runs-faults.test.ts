import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { QueuedScript } from '../../sim/provider/script.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { openStorage } from '../../src/storage/index.ts'
import { until } from '../support/until.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'

const RUNS = 60
/** Of the gateway, with kill -9, at random points while runs are under way. */
const KILLS = 2
const MAX_HOPS = 4

let sim: ProviderSimulator
let place: Place
let file: string

beforeAll(async () => {
  sim = await createProviderSimulator({ keepRequests: 1 })
  place = makePlace()
  file = join(place.directory, 'calls.txt')
  writeFileSync(file, '')
  const counting = { command: process.execPath, args: [testServerPath('counting'), '--file', file, '--call-delay', '40'] }
  place.write({
    version: 1,
    providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url } },
    mcpServers: { counting, fragile: counting },
    runs: { toolTimeout: '300ms', maxHops: MAX_HOPS },
    telemetry: { level: 'warn' },
  })
})
afterAll(async () => {
  await sim.close()
  place[Symbol.dispose]()
})

const FAULTS = ['none', 'none', 'hang', 'crash', 'model-529', 'model-cut', 'cancel', 'endless'] as const
type FaultName = (typeof FAULTS)[number]

const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value

/** What the model says in the turns of one run. A turn that was asked for when the gateway was killed is said to nobody. */
function plan(run: number, fault: FaultName): readonly QueuedScript[] {
  const model = `run-${run}`
  const call = (name: string, turn: number): QueuedScript => ({ model, tools: [{ name, arguments: JSON.stringify({ run, turn }) }], firstCall: turn * 10, ttftMs: 30 })
  const pay = (turn: number): QueuedScript => call('counting__pay', turn)
  const last: QueuedScript = { model, text: 'All is paid.', ttftMs: 30 }
  switch (fault) {
    case 'hang':
      return [pay(1), call('counting__never', 2), last]
    case 'crash':
      return [pay(1), call('fragile__explode', 2), last]
    case 'model-529':
      return [pay(1), { model, fault: 'status', status: 529, times: 3 }, last]
    case 'model-cut':
      return [pay(1), { model, text: 'one two three four', fault: 'cut', after: 2 }, last]
    case 'endless':
      return Array.from({ length: MAX_HOPS + 3 }, (_, turn) => pay(turn + 1))
    default:
      return [pay(1), pay(2), last]
  }
}

interface Started {
  readonly id: string
  readonly fault: FaultName
}

/** Undefined for one that the gateway was killed over before it had answered. */
async function startRun(url: string, run: number, acknowledged: () => void = () => undefined): Promise<Started | undefined> {
  const fault = pick(FAULTS)
  sim.script(...plan(run, fault))
  await sleep(Math.random() * 500)
  const post = (path: string, body: object): Promise<Response | undefined> =>
    fetch(`${url}/v1/responses${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => undefined)
  const response = await post('', { model: `chat/run-${run}+tools:counting,fragile`, input: 'Pay.', background: true })
  const { id } = ((await response?.json().catch(() => undefined)) ?? {}) as { id?: string }
  if (id === undefined) return undefined
  acknowledged()
  if (fault === 'cancel') {
    await sleep(Math.random() * 150)
    await post(`/${id}/cancel`, {})
  }
  return { id, fault }
}

interface Answer {
  readonly status: string
  readonly output?: unknown
}

const END_STATES = new Set(['completed', 'incomplete', 'failed', 'cancelled'])

async function retrieve({ url }: GatewayProcess, id: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/responses/${id}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

describe('durable runs under faults, kill -9 of the gateway among them', () => {
  it(`end once, keep their limits and make no call twice: ${RUNS} runs, ${KILLS} kills`, async () => {
    const started: Started[] = []
    const perRound = RUNS / (KILLS + 1)
    for (let kill = 0; kill < KILLS; kill++) {
      const gateway = await startGatewayProcess(place)
      let count = 0
      const wave = Promise.all(Array.from({ length: perRound }, (_, index) => startRun(gateway.url, kill * perRound + index, () => count++)))
      const most = perRound / 2 + Math.random() * (perRound / 2)
      await until(() => count > most - 1, 'enough runs are under way')
      await sleep(Math.random() * 250)
      gateway.child.kill('SIGKILL')
      await gateway.exited
      started.push(...(await wave).filter((one) => one !== undefined))
    }
    const before = started.length
    const answers = new Map<string, Answer>()
    {
      await using gateway = await startGatewayProcess(place)
      started.push(...(await Promise.all(Array.from({ length: perRound }, (_, index) => startRun(gateway.url, KILLS * perRound + index)))).filter((one) => one !== undefined))
      const deadline = Date.now() + 300_000
      for (const { id } of started) {
        let answer = await retrieve(gateway, id)
        for (; !END_STATES.has(answer.status); answer = await retrieve(gateway, id)) {
          if (Date.now() > deadline) throw new Error(`the run ${id} never ends`)
          await sleep(50)
        }
        answers.set(id, answer)
      }
      // What has ended stays as it ended.
      for (const { id } of started) expect(await retrieve(gateway, id)).toEqual(answers.get(id))
    }
    expect(before).toBeGreaterThanOrEqual((KILLS * perRound) / 2)
    expect(started.length - before).toBe(perRound)
    await using storage = await openStorage({ directory: join(place.directory, 'data') })
    // Nothing is left to be gone on with.
    for (const { id } of started) expect(await storage.runs.find(id)).toBeUndefined()
    const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')
    const twice = [...Map.groupBy(lines, (line) => line)].filter(([, made]) => made.length > 1).map(([line]) => line)
    expect(twice).toEqual([])
    const perRun = Map.groupBy(lines, (line) => (JSON.parse(line.slice(line.indexOf('{'))) as { run: number }).run)
    for (const made of perRun.values()) expect(made.length).toBeLessThanOrEqual(MAX_HOPS)
    const states = Map.groupBy(started, ({ id }) => answers.get(id)?.status)
    expect(states.get('completed')?.length).toBeGreaterThan(RUNS / 6)
  }, 600_000)
})
