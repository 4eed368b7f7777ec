import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { factsOf, legacyClient, missingOf, modernClient, textOf, toolNames, type ClientOptions } from '../support/instance-client.ts'
import { connectRaw, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { isAlive } from '../support/process-children.ts'
import { until } from '../support/until.ts'

const notebook = { command: process.execPath, args: [testServerPath('notebook')] }
const ANNA = { authorization: 'Bearer anna-key-12345' }
const BERT = { authorization: 'Bearer bert-key-12345' }

const DOCUMENT = {
  version: 1,
  auth: { keys: [{ name: 'anna', key: 'anna-key-12345' }, { name: 'bert', key: 'bert-key-12345' }] },
  mcp: { listWait: 60_000, trustContext: true },
  mcpServers: {
    all: notebook,
    user: { ...notebook, isolation: 'per-user' },
    session: { ...notebook, isolation: 'per-session', tags: ['state'] },
    few: { ...notebook, isolation: 'per-session', maxInstances: 1 },
    brief: { ...notebook, isolation: 'per-session', idleTimeout: 4000 },
    asking: { command: process.execPath, args: [testServerPath('echo'), '--legacy'], isolation: 'per-session' },
    curated: { ...notebook, isolation: 'per-session', disabledTools: ['facts'] },
  },
}

const place = makePlace()
let gateway: GatewayProcess
beforeAll(async () => {
  place.write(DOCUMENT)
  gateway = await startGatewayProcess(place)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

const at = (server: string): string => `${gateway.url}/mcp/${server}`
const legacy = (server: string, options: ClientOptions = { headers: ANNA }): ReturnType<typeof legacyClient> => legacyClient(at(server), options)
const pidOf = async (client: Awaited<ReturnType<typeof legacy>>): Promise<number> => (await factsOf(client, 'facts')).pid

interface Health {
  readonly servers: readonly { readonly id: string; readonly instances?: number }[]
}

async function running(server: string): Promise<number | undefined> {
  const response = await fetch(`${gateway.url}/healthz`, { headers: ANNA })
  return ((await response.json()) as Health).servers.find(({ id }) => id === server)?.instances
}

describe('isolation of MCP servers', () => {
  it('starts nothing for health, inspection, or the opening of a session elsewhere', async () => {
    const inspect = (await (await fetch(`${gateway.url}/api/inspect`, { headers: ANNA })).json()) as { readonly servers: readonly Json[] }
    const states = Object.fromEntries(inspect.servers.map(({ server, state }) => [server, state]))
    expect(states).toMatchObject({ user: 'stopped', session: 'stopped' })
    const client = await legacy('all')
    expect((await client.raw?.request({ id: 'p', method: 'ping' }))?.status).toBe(200)
    expect([await running('session'), await running('user')]).toEqual([0, 0])
  })

  it('shared: every session and user has the same process', async () => {
    const pids = await Promise.all([legacy('all'), legacy('all'), legacy('all', { headers: BERT })].map(async (client) => pidOf(await client)))
    expect(new Set(pids).size).toBe(1)
  })

  it('per-user: sessions of one principal share a process, another principal has another', async () => {
    const [one, two, other] = await Promise.all([legacy('user'), legacy('user'), legacy('user', { headers: BERT })])
    const [a, b, c] = [await pidOf(one), await pidOf(two), await pidOf(other)]
    expect(a).toBe(b)
    expect(c).not.toBe(a)
    expect(await pidOf(modernClient(at('user'), { headers: BERT }))).toBe(c)
  })

  it('per-session: calls, lists, resource updates and log messages stay with their session', async () => {
    const [one, two] = await Promise.all([legacy('session'), legacy('session')])
    const stop = new AbortController()
    const heard: Json[][] = [[], []]
    for (const [index, client] of [one, two].entries()) {
      await client.raw?.listen((message) => heard[index]?.push(message), stop.signal)
      await client.raw?.request({ id: 's', method: 'resources/subscribe', params: { uri: 'note://all' } })
      await client.raw?.request({ id: 'l', method: 'logging/setLevel', params: { level: 'debug' } })
    }
    const wrote = await one.raw?.request({ id: 'w', method: 'tools/call', params: { name: 'write', arguments: { text: 'mine' } } })
    expect(wrote?.before.map(({ method }) => method)).toEqual(['notifications/message'])
    const methods = (): readonly string[] => (heard[0] ?? []).map(({ method }) => String(method))
    await until(() => ['notifications/resources/updated', 'notifications/tools/list_changed'].every((method) => methods().includes(method)), 'the first client heard everything')
    expect(textOf(await one.call('read'))).toBe('["mine"]')
    expect(textOf(await two.call('read'))).toBe('[]')
    expect(toolNames(await one.list())).toContain('note_mine')
    expect(toolNames(await two.list())).not.toContain('note_mine')
    expect(heard[1]?.map(({ method }) => method)).toEqual([])
    stop.abort()
  })

  it('per-session, through the aggregate: names, resources and routes are those of the client’s own instance', async () => {
    const [one, two] = await Promise.all([legacyClient(`${gateway.url}/mcp?tags=state`, { headers: ANNA }), legacyClient(`${gateway.url}/mcp?tags=state`, { headers: ANNA })])
    await one.call('session__write', { text: 'here' })
    expect(textOf(await one.call('session__read'))).toBe('["here"]')
    expect(textOf(await two.call('session__read'))).toBe('[]')
    const contents = async (client: typeof one): Promise<string> => {
      const answer = await client.raw?.request({ id: 'r', method: 'resources/read', params: { uri: 'trunkline://servers/session/note://all' } })
      return JSON.stringify(answer?.answer['result'])
    }
    expect(await contents(one)).toContain('here')
    expect(await contents(two)).not.toContain('here')
  })

  it('per-session of clients without sessions: one for each context id within a principal, else one for the principal', async () => {
    const client = (headers: Record<string, string>, id?: string): Promise<number> => pidOf(modernClient(at('session'), { headers, ...(id === undefined ? {} : { context: { id } }) }))
    const [plain, again, x, xAgain, y] = [await client(ANNA), await client(ANNA), await client(ANNA, 'x'), await client(ANNA, 'x'), await client(ANNA, 'y')]
    expect([again, xAgain]).toEqual([plain, x])
    expect(new Set([plain, x, y, await client(BERT), await client(BERT, 'x')]).size).toBe(5)
  })

  it('lets a call wait for its instance that is only starting, however short lists wait', async () => {
    using quick = makePlace()
    const server = { command: process.execPath, args: [testServerPath('notebook')], isolation: 'per-session' }
    quick.write({ version: 1, mcp: { listWait: 0 }, mcpServers: { own: server } })
    await using other = await startGatewayProcess(quick)
    const client = await legacyClient(`${other.url}/mcp`)
    expect((await factsOf(client, 'own__facts')).pid).toBeGreaterThan(0)
    expect((await factsOf(modernClient(`${other.url}/mcp`), 'own__facts')).pid).toBeGreaterThan(0)
    expect((await (await legacyClient(`${other.url}/mcp`)).call('own__nothing'))['error']).toBeDefined()
  })

  it('per-session: a server’s question goes to the client of that instance, though others call the same server', async () => {
    const [one, two] = await Promise.all([connectRaw(at('asking'), { sampling: {} }, '2025-11-25', ANNA), connectRaw(at('asking'), { sampling: {} }, '2025-11-25', ANNA)])
    const ask = async (client: RawClient, from: string): Promise<string> => {
      const onMessage = (message: Json): void => {
        if (message['method'] === 'sampling/createMessage') void client.post({ id: message['id'], result: { answeredBy: from, asked: (message['params'] as Json)['from'] } })
      }
      return textOf((await client.request({ id: 'same', method: 'tools/call', params: { name: 'ask', arguments: { method: 'sampling/createMessage', from } } }, { onMessage })).answer)
    }
    expect(await Promise.all([ask(one, 'one'), ask(two, 'two')])).toEqual(['{"answeredBy":"one","asked":"one"}', '{"answeredBy":"two","asked":"two"}'])
  })

  it('makes one instance for many calls at once', async () => {
    const client = modernClient(at('session'), { headers: ANNA, context: { id: 'crowd' } })
    const pids = await Promise.all(Array.from({ length: 12 }, () => pidOf(client)))
    expect(new Set(pids).size).toBe(1)
  })

  it('ends an instance with its session, and no other', async () => {
    const [one, two] = await Promise.all([legacy('session'), legacy('session')])
    const [gone, stays] = [await pidOf(one), await pidOf(two)]
    await fetch(at('session'), { method: 'DELETE', headers: { ...ANNA, 'mcp-session-id': one.raw?.sessionId ?? '' } })
    await until(() => !isAlive(gone), 'the instance of the ended session is gone')
    expect(await pidOf(two)).toBe(stays)
  })

  it('says that a server is full, and serves again when there is room', async () => {
    const first = await legacy('few')
    const pid = await pidOf(first)
    const second = await legacy('few')
    const refused = (await second.call('facts'))['error'] as { readonly message: string; readonly data: { readonly code: string } }
    expect(refused.data.code).toBe('server_unavailable')
    expect(refused.message).toContain('All 1 instances that `maxInstances` of this server allows are in use.')
    expect(missingOf(await second.list())['few']).toContain('maxInstances')
    await fetch(at('few'), { method: 'DELETE', headers: { ...ANNA, 'mcp-session-id': first.raw?.sessionId ?? '' } })
    expect(await pidOf(second)).not.toBe(pid)
  })

  it('ends an idle instance, keeps showing its lists, and starts it anew for the next call', async () => {
    const client = await legacy('brief')
    const pid = await pidOf(client)
    const stop = new AbortController()
    const heard: Json[] = []
    await client.raw?.listen((message) => heard.push(message), stop.signal)
    await until(() => !isAlive(pid), 'the idle instance is gone')
    expect(await running('brief')).toBe(0)
    const next = await pidOf(client)
    expect(next).not.toBe(pid)
    expect(heard.map(({ method }) => method)).toEqual([])
    stop.abort()
  })

  it('keeps an idle instance while a resource of it is subscribed to', async () => {
    const client = await legacy('brief')
    const pid = await pidOf(client)
    await client.raw?.request({ id: 's', method: 'resources/subscribe', params: { uri: 'note://all' } })
    const other = await pidOf(await legacy('brief'))
    await until(() => !isAlive(other), 'the other instance is gone')
    expect(isAlive(pid)).toBe(true)
    await client.raw?.request({ id: 'u', method: 'resources/unsubscribe', params: { uri: 'note://all' } })
    await until(() => !isAlive(pid), 'the instance that nobody watches any more is gone')
  })

  it('holds what the configuration says of tools on every instance', async () => {
    const client = await legacy('curated')
    expect(toolNames(await client.list())).toEqual(['write', 'read'])
    expect((await client.call('facts'))['error']).toBeDefined()
  })

  it('serves REST with the instances of the principal', async () => {
    const invoke = async (headers: Record<string, string>): Promise<number> => {
      const response = await fetch(`${gateway.url}/tools/user/facts`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' })
      return ((await response.json()) as { readonly pid: number }).pid
    }
    expect(await invoke(ANNA)).toBe(await pidOf(await legacy('user')))
    expect(await invoke(BERT)).toBe(await pidOf(await legacy('user', { headers: BERT })))
  })
})
