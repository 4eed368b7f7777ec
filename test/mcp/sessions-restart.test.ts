import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { openEvents, type Events, type ServerEvent } from '../support/mcp-event-client.ts'
import { textOf } from '../support/instance-client.ts'
import { postMessage, type Json } from '../support/mcp-raw-client.ts'
import { isAlive } from '../support/process-children.ts'
import { until } from '../support/until.ts'

const CLIENTS = 40
/** 200 rounds of a client; `TRUNKLINE_KILLS` asks for more. */
const KILLS = Number(process.env['TRUNKLINE_KILLS'] ?? 5)
const DEADLINE_MS = 120_000
const SERVER = fileURLToPath(new URL('./counting-template.mjs', import.meta.url))
/** Few processes for many clients: some have instances of their own, the others share those of their project. */
const OWN = 3
const GROUPS = 3
const template = (shareable: boolean): object => ({ command: process.execPath, args: [SERVER, '{{project.name}}'], template: { shareable } })
const TEMPLATES = { own: template(false), alike: template(true) }

type Outcome = 'answered' | 'answered-after-restart' | 'lost-and-told' | 'never-primed'

interface Running {
  readonly id: string
  readonly events: Events
  lastEventId: string | undefined
  isAnswered: boolean
}

/** A client of 2025-11-25 that gives its context once, never initializes twice, and throws at any event that is foreign or comes twice. */
class StubbornClient {
  readonly outcomes: Outcome[] = []
  readonly #name: string
  readonly #session: Record<string, string>
  readonly #seen = new Set<string>()
  /** Processes that were its instance, one after another. */
  readonly pids = new Set<number>()
  #listening: { readonly events: Events; readonly ended: Promise<void> } | undefined
  #lastListened: string | undefined
  #running: Running | undefined
  unrelated = 0

  get state(): 'none' | 'running' | 'answered' {
    if (!this.#running) return 'none'
    return this.#running.isAnswered ? 'answered' : 'running'
  }

  /** The name of its context, which every word of its instance carries. */
  readonly #project: string
  readonly #template: keyof typeof TEMPLATES

  private constructor(name: string, project: string, sessionId: string) {
    this.#name = name
    this.#project = project
    this.#template = project === name ? 'own' : 'alike'
    this.#session = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
  }

  static async connect(index: number, url: string): Promise<StubbornClient> {
    const name = `c${index}`
    const project = index < OWN ? name : `group${index % GROUPS}`
    const _meta = { 'trunkline/context': { project: { name: project } } }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name, version: '1' }, _meta }
    const opened = await postMessage(`${url}/mcp`, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    return new StubbornClient(name, project, opened.headers.get('mcp-session-id') ?? '')
  }

  /** Notes an event, checks that it is new. */
  #take({ id }: ServerEvent): void {
    if (id === undefined) return
    if (this.#seen.has(id)) throw new Error(`${this.#name}: event ${id} came twice`)
    this.#seen.add(id)
  }

  #takeOfCall(running: Running, event: ServerEvent): void {
    this.#take(event)
    running.lastEventId = event.id ?? running.lastEventId
    const { message } = event
    if (!message) return
    const owner = message['id'] ?? (message['params'] as Json | undefined)?.['progressToken']
    if (owner !== running.id) throw new Error(`${this.#name}: foreign event ${event.data}`)
    if (message['id'] === undefined) {
      if ((message['params'] as Json)['message'] !== this.#project) throw new Error(`${this.#name}: another's instance said ${event.data}`)
      return
    }
    if (running.isAnswered) throw new Error(`${this.#name}: ${running.id} was answered twice`)
    running.isAnswered = true
  }

  async #listen(url: string): Promise<void> {
    const events = await openEvents(`${url}/mcp`, { ...this.#session, ...(this.#lastListened === undefined ? {} : { 'last-event-id': this.#lastListened }) })
    if (events.status !== 200) throw new Error(`${this.#name}: the GET stream was refused with ${events.status}`)
    const read = async (): Promise<void> => {
      for (let event = await events.next(); event; event = await events.next()) {
        this.#take(event)
        this.#lastListened = event.id ?? this.#lastListened
        if (!event.message) continue
        this.unrelated++
        if (!String(event.message['method']).endsWith('list_changed')) throw new Error(`${this.#name}: unexpected ${event.data}`)
      }
    }
    this.#listening = { events, ended: read() }
  }

  /** Its template server answers from a process that has its own context, and that no gateway before had. */
  async #findInstance(url: string): Promise<void> {
    const { status, answer } = await postMessage(`${url}/mcp`, { jsonrpc: '2.0', id: `facts-${this.pids.size}`, method: 'tools/call', params: { name: `${this.#template}__facts`, arguments: {} } }, this.#session)
    if (status !== 200) throw new Error(`${this.#name}: its template server was refused with ${status}`)
    const { pid, args } = JSON.parse(textOf(answer)) as { pid: number; args: readonly string[] }
    if (this.pids.has(pid)) throw new Error(`${this.#name}: the instance ${pid} outlived its gateway`)
    this.pids.add(pid)
    expect(args).toEqual([this.#project])
  }

  /** Goes on in a gateway that was just started: the old session, the GET stream, the call that was cut, a new instance. */
  async resume(url: string): Promise<void> {
    const ping = await postMessage(`${url}/mcp`, { jsonrpc: '2.0', id: 'ping', method: 'ping' }, this.#session)
    if (ping.status !== 200) throw new Error(`${this.#name}: the old session was refused with ${ping.status}`)
    await this.#listen(url)
    const running = this.#running
    this.#running = undefined
    if (running) this.outcomes.push(await this.#settle(running, url))
    await this.#findInstance(url)
  }

  async #settle(running: Running, url: string): Promise<Outcome> {
    if (running.isAnswered) return 'answered'
    if (running.lastEventId === undefined) return 'never-primed'
    const events = await openEvents(`${url}/mcp`, { ...this.#session, 'last-event-id': running.lastEventId })
    if (events.status !== 200) throw new Error(`${this.#name}: resuming was refused with ${events.status}`)
    let last: Json | undefined
    for (let event = await events.next(); event; event = await events.next()) {
      this.#takeOfCall(running, event)
      last = event.message
    }
    if (!running.isAnswered) throw new Error(`${this.#name}: ${running.id} was neither answered nor called lost`)
    if (last?.['result'] !== undefined) {
      expect(JSON.parse(textOf(last))).toEqual({ name: this.#project, counted: 5 })
      return 'answered-after-restart'
    }
    const error = last?.['error'] as Json | undefined
    if ((error?.['data'] as Json | undefined)?.['code'] !== 'upstream_interrupted') throw new Error(`${this.#name}: ${JSON.stringify(last)}`)
    return 'lost-and-told'
  }

  /** Starts a call, and leaves at its first event if asked to. Settles when the connection ended. */
  async call(url: string, round: number, { ms, leaves }: { readonly ms: number; readonly leaves: boolean }): Promise<void> {
    const id = `${this.#name}-${round}`
    const params = { name: `${this.#template}__count`, arguments: { to: 5, delayMs: Math.ceil(ms / 5) }, _meta: { progressToken: id } }
    const events = await openEvents(`${url}/mcp`, this.#session, { jsonrpc: '2.0', id, method: 'tools/call', params })
    const running: Running = { id, events, lastEventId: undefined, isAnswered: false }
    this.#running = running
    for (let event = await events.next(); event; event = await events.next()) {
      this.#takeOfCall(running, event)
      if (leaves) await events.leave()
    }
  }

  async ended(): Promise<void> {
    await this.#listening?.ended
  }

  async leave(): Promise<void> {
    await this.#listening?.events.leave()
    await this.ended()
  }
}

async function kill(gateway: GatewayProcess): Promise<void> {
  gateway.child.kill('SIGKILL')
  await gateway.exited
}

describe('legacy sessions with template servers when the gateway is killed in the middle of calls', () => {
  it(`go on with their ids, streams and instances in ${KILLS * CLIENTS} rounds, with no foreign event, none twice, and every call answered or called lost`, async () => {
    using place = makePlace()
    place.write({ version: 1, mcpTemplates: TEMPLATES })
    let gateway = await startGatewayProcess(place)
    try {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => StubbornClient.connect(index, gateway.url)))
      // Sessions are written down within 200 ms, and later on a machine that stalls.
      await sleep(3_000)
      for (let round = 0; round < KILLS; round++) {
        await Promise.all(clients.map((client) => client.resume(gateway.url)))
        const { url } = gateway
        const calls = clients.map((client, index) => client.call(url, round, { ms: 50 + 100 * index, leaves: index % 3 === 0 }).catch((error: unknown) => (error instanceof Error ? error.message : 'unknown')))
        await until(() => clients.every(({ state }) => state !== 'none') && clients.some(({ state }) => state === 'answered'), 'all calls run, and the shortest are over')
        await sleep(300 + (round % 5) * 120)
        await kill(gateway)
        const failed = (await Promise.all(calls)).filter((error) => error !== undefined && error !== 'fetch failed')
        expect(failed).toEqual([])
        await Promise.all(clients.map((client) => client.ended()))
        gateway = await startGatewayProcess(place)
      }
      await Promise.all(clients.map((client) => client.resume(gateway.url)))
      const outcomes = clients.flatMap((client) => client.outcomes)
      const count = (kind: Outcome): number => outcomes.filter((outcome) => outcome === kind).length
      const counts = { answered: count('answered'), after: count('answered-after-restart'), told: count('lost-and-told'), never: count('never-primed') }
      expect(outcomes.length, JSON.stringify(counts)).toBeGreaterThanOrEqual(KILLS * CLIENTS * 0.9)
      expect([counts.answered > 0, counts.after > 0, counts.told > 0], JSON.stringify(counts)).toEqual([true, true, true])
      // Lists may have changed while nobody watched, and every client is told so after every restart.
      expect(Math.min(...clients.map(({ unrelated }) => unrelated))).toBeGreaterThanOrEqual(KILLS)
      for (const { pids } of clients) expect(pids.size).toBe(KILLS + 1)
      expect(new Set(clients.flatMap(({ pids }) => [...pids])).size).toBe((OWN + GROUPS) * (KILLS + 1))
      const former = clients.flatMap(({ pids }) => [...pids].slice(0, -1))
      await expect.poll(() => former.filter(isAlive), { timeout: DEADLINE_MS }).toEqual([])
      await Promise.all(clients.map((client) => client.leave()))
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
  }, KILLS * DEADLINE_MS)
})
