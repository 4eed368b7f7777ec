import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { modernClient, textOf } from '../../support/instance-client.ts'
import { startMcpGateway, type McpGateway } from '../../support/mcp-gateway.ts'
import { connectRaw, type Json, type RawClient } from '../../support/mcp-raw-client.ts'
import { twinPolicy } from '../../support/twin-policy.ts'
import { stdio } from '../upstream-fixture.ts'

const PROGRAM = fileURLToPath(new URL('./dual-era-program.ts', import.meta.url))

interface Setup extends AsyncDisposable {
  readonly gateway: McpGateway
  readonly url: string
  /** The process ids of all starts. */
  starts(): readonly number[]
}

async function setUp(flags: readonly string[] = [], idleMs?: number): Promise<Setup> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'trunkline-twins-')), (path) => rmSync(path, { recursive: true, force: true }))
  const file = join(folder, 'starts')
  const gateway = stack.use(await startMcpGateway({ servers: { dual: stdio(process.execPath, [PROGRAM, '--starts', file, ...flags]) }, definition: twinPolicy({ kind: 'stdio' }, idleMs) }))
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
  const kept = stack.move()
  return { gateway, url: `${gateway.url}/mcp/dual`, starts: () => readFileSync(file, 'utf8').trim().split('\n').map(Number), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const call = async (client: RawClient, name: string, onMessage?: (message: Json) => void): Promise<Json> =>
  (await client.request({ id: `${name} ${Math.random()}`, method: 'tools/call', params: { name, arguments: {} } }, onMessage ? { onMessage } : {})).answer

const factsOf = async (client: RawClient): Promise<unknown> => JSON.parse(textOf(await call(client, 'facts'))) as unknown

describe('a program that speaks both eras', () => {
  it('runs once more for the calls of legacy clients that it can ask something, and asks them', async () => {
    await using setup = await setUp()
    const client = await connectRaw(setup.url, { sampling: {} })
    await client.request({ id: 1, method: 'tools/list', params: {} })
    expect(setup.starts()).toHaveLength(1)
    const answer = await call(client, 'push', (message) => {
      if (message['method'] === 'sampling/createMessage') void client.post({ id: message['id'], result: { role: 'assistant', model: 'mine', content: { type: 'text', text: 'This.' } } })
    })
    expect(textOf(answer)).toContain('This.')
    expect(setup.starts()).toHaveLength(2)
    expect(await factsOf(client)).toEqual({ pid: setup.starts()[1], era: 'legacy' })
    const others = await Promise.all(Array.from({ length: 5 }, () => connectRaw(setup.url, { elicitation: {} })))
    expect(await Promise.all(others.map(factsOf))).toEqual(others.map(() => ({ pid: setup.starts()[1], era: 'legacy' })))
    expect(setup.starts()).toHaveLength(2)
  })

  it('runs once for modern clients and for legacy ones that it can ask nothing, also beside the others', async () => {
    await using setup = await setUp()
    const silent = await connectRaw(setup.url)
    const [pid] = setup.starts()
    expect(await factsOf(silent)).toEqual({ pid, era: 'modern' })
    expect(setup.starts()).toHaveLength(1)
    expect(await factsOf(await connectRaw(setup.url, { roots: {} }))).toMatchObject({ era: 'legacy' })
    expect(await factsOf(silent)).toEqual({ pid, era: 'modern' })
    expect(JSON.parse(textOf(await modernClient(setup.url).call('facts')))).toEqual({ pid, era: 'modern' })
    expect(setup.starts()).toHaveLength(2)
  })

  it('is started again for the next call when its second process died', async () => {
    await using setup = await setUp()
    const client = await connectRaw(setup.url, { sampling: {} })
    await call(client, 'facts')
    await call(client, 'die')
    await expect.poll(() => factsOf(client)).toMatchObject({ era: 'legacy' })
    expect(new Set(setup.starts()).size).toBe(3)
    expect(JSON.parse(textOf(await modernClient(setup.url).call('facts')))).toEqual({ pid: setup.starts()[0], era: 'modern' })
  })

  it('ends its second process when the clients that used it are gone', async () => {
    await using setup = await setUp([], 200)
    const client = await connectRaw(setup.url, { sampling: {} })
    await call(client, 'facts')
    const [, second = 0] = setup.starts()
    expect(() => process.kill(second, 0)).not.toThrow()
    await fetch(setup.url, { method: 'DELETE', headers: { 'mcp-session-id': client.sessionId } })
    await expect.poll(() => {
      try {
        return process.kill(second, 0)
      } catch {
        return false
      }
    }).toBe(false)
    expect(await factsOf(await connectRaw(setup.url, { sampling: {} }))).toMatchObject({ era: 'legacy' })
  })
})

describe('a program of the newer era alone', () => {
  it('is asked once whether it knows the older one, and serves legacy clients by the bridge', async () => {
    await using setup = await setUp(['--modern'])
    const [first] = setup.starts()
    for (let index = 0; index < 3; index++) {
      const client = await connectRaw(setup.url, { sampling: {} })
      expect(await factsOf(client)).toEqual({ pid: first, era: 'modern' })
      expect(await factsOf(client)).toEqual({ pid: first, era: 'modern' })
    }
    expect(setup.starts()).toHaveLength(2)
  })
})
