import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'

const SERVERS = 50
const SICK = ['frozen', 'crashing', 'flooding'] as const

let place: Place
let gateway: GatewayProcess
const folders = mkdtempSync(join(tmpdir(), 'trunkline-moods-'))
const folderOf = (name: string): string => join(folders, name)
const pidOf = (name: string): number => Number(readFileSync(join(folderOf(name), 'pid'), 'utf8'))

interface Health {
  readonly servers: readonly { readonly id: string; readonly state: string }[]
}

const health = async (): Promise<Health> => (await (await fetch(`${gateway.url}/healthz`)).json()) as Health

async function ask(method: string, params: object): Promise<{ readonly tools?: readonly { readonly name: string }[]; readonly content?: readonly { readonly text: string }[]; readonly _meta?: Readonly<Record<string, unknown>> }> {
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} }
  const name = 'name' in params ? { 'mcp-name': String(params.name) } : {}
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  })
  const text = await response.text()
  const data = text.startsWith('{') ? text : (text.split('\n').findLast((line) => line.startsWith('data: {'))?.slice(6) ?? '')
  const message = JSON.parse(data) as { result?: never; error?: unknown }
  if (message.result === undefined) throw new Error(`${method} failed: ${data.slice(0, 500)}`)
  return message.result
}

beforeAll(async () => {
  for (const name of SICK) mkdirSync(folderOf(name))
  place = makePlace()
  const moody = testServerPath('moody')
  const well = Array.from({ length: SERVERS - SICK.length }, (_, index) => [`server${index}`, { command: process.execPath, args: [moody] }])
  const sick = SICK.map((name) => [name, { command: process.execPath, args: [moody, '--folder', folderOf(name)] }])
  place.write({ version: 1, mcpServers: Object.fromEntries([...well, ...sick]) })
  gateway = await startGatewayProcess(place)
})
afterAll(async () => {
  try {
    process.kill(pidOf('frozen'), 'SIGCONT')
  } catch {
    // It has ended already.
  }
  await gateway[Symbol.asyncDispose]()
  place[Symbol.dispose]()
  rmSync(folders, { recursive: true, force: true })
})

const callsOf = (count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, async (_, index) => (await ask('tools/call', { name: `server${index % 40}__echo`, arguments: { index } })).content?.[0]?.text ?? ''))

describe('fifty servers with forty tools each', () => {
  it('are not waited for: the gateway listens before any of them is up', () => {
    const [listens, up] = ['OpenAI API', '"state":"ready"'].map((words) => gateway.log.findIndex((line) => line.includes(words)))
    expect(listens).toBeGreaterThanOrEqual(0)
    expect(up === -1 || (up ?? 0) > (listens ?? 0)).toBe(true)
  })

  it('are one list of two thousand tools', async () => {
    await expect.poll(async () => (await health()).servers.filter(({ state }) => state === 'ready').length, { interval: 200 }).toBe(SERVERS)
    await expect.poll(async () => (await ask('tools/list', {})).tools?.length, { interval: 200 }).toBe(SERVERS * 40)
    const { tools = [] } = await ask('tools/list', {})
    expect(new Set(tools.map(({ name }) => name)).size).toBe(SERVERS * 40)
  })

  it('serve on while one is frozen, one crashes in a loop and one floods its error output', async () => {
    process.kill(pidOf('frozen'), 'SIGSTOP')
    writeFileSync(join(folderOf('crashing'), 'crash'), '')
    writeFileSync(join(folderOf('flooding'), 'flood'), '')
    await expect.poll(async () => (await health()).servers.find(({ id }) => id === 'crashing')?.state).not.toBe('ready')
    for (let round = 0; round < 5; round++) {
      expect(await callsOf(40)).toEqual(Array.from({ length: 40 }, (_, index) => JSON.stringify({ index })))
      const { tools = [], _meta: meta = {} } = await ask('tools/list', {})
      expect(tools).toHaveLength(SERVERS * 40)
      expect(JSON.stringify(meta)).toContain('crashing')
      await sleep(100)
    }
    const frozen = ask('tools/call', { name: 'frozen__echo', arguments: { late: true } })
    expect(await callsOf(10)).toHaveLength(10)
    process.kill(pidOf('frozen'), 'SIGCONT')
    expect((await frozen).content?.[0]?.text).toBe('{"late":true}')
  })
})
