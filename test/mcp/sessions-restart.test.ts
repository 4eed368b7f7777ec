import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { openEvents, type Events, type ServerEvent } from '../support/mcp-event-client.ts'
import { connectRaw, postMessage, type Json } from '../support/mcp-raw-client.ts'

const CLIENTS = 10
/** 200 rounds of a client; `TRUNKLINE_KILLS` asks for more. */
const KILLS = Number(process.env['TRUNKLINE_KILLS'] ?? 20)
const DEADLINE_MS = 15_000

type Outcome = 'answered' | 'answered-after-restart' | 'lost-and-told' | 'never-primed'

interface Running {
  readonly id: string
  readonly events: Events
  lastEventId: string | undefined
  isAnswered: boolean
}

/** A client of 2025-11-25 that never initializes twice, and throws at any event that is foreign or comes twice. */
class StubbornClient {
  readonly outcomes: Outcome[] = []
  readonly #name: string
  readonly #session: Record<string, string>
  readonly #seen = new Set<string>()
  #listening: { readonly events: Events; readonly ended: Promise<void> } | undefined
  #lastListened: string | undefined
  #running: Running | undefined
  unrelated = 0

  private constructor(name: string, sessionId: string) {
    this.#name = name
    this.#session = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
  }

  static async connect(name: string, url: string): Promise<StubbornClient> {
    const { sessionId } = await connectRaw(`${url}/mcp`)
    return new StubbornClient(name, sessionId)
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
    if (message['id'] === undefined) return
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

  /** Goes on in a gateway that was just started: the old session, the GET stream, the call that was cut. */
  async resume(url: string): Promise<void> {
    const ping = await postMessage(`${url}/mcp`, { jsonrpc: '2.0', id: 'ping', method: 'ping' }, this.#session)
    if (ping.status !== 200) throw new Error(`${this.#name}: the old session was refused with ${ping.status}`)
    await this.#listen(url)
    const running = this.#running
    if (!running) return
    this.#running = undefined
    this.outcomes.push(await this.#settle(running, url))
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
    if (last?.['result'] !== undefined) return 'answered-after-restart'
    const error = last?.['error'] as Json | undefined
    if ((error?.['data'] as Json | undefined)?.['code'] !== 'upstream_interrupted') throw new Error(`${this.#name}: ${JSON.stringify(last)}`)
    return 'lost-and-told'
  }

  /** Starts a call, and leaves at its first event if asked to. Settles when the connection ended. */
  async call(url: string, round: number, { ms, leaves }: { readonly ms: number; readonly leaves: boolean }): Promise<void> {
    const id = `${this.#name}-${round}`
    const params = { name: 'demo__slow_count', arguments: { to: 5, delayMs: Math.ceil(ms / 5) }, _meta: { progressToken: id } }
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

describe('legacy sessions when the gateway is killed in the middle of calls', () => {
  it(`go on with their ids and streams in ${KILLS * CLIENTS} rounds, with no foreign event, none twice, and every call answered or called lost`, async () => {
    using place = makePlace()
    place.write({ version: 1, mcpServers: { demo: { builtin: 'demo' } } })
    let gateway = await startGatewayProcess(place)
    try {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => StubbornClient.connect(`c${index}`, gateway.url)))
      // Sessions are written down within 200 ms.
      await sleep(500)
      for (let round = 0; round < KILLS; round++) {
        await Promise.all(clients.map((client) => client.resume(gateway.url)))
        const { url } = gateway
        const calls = clients.map((client, index) => client.call(url, round, { ms: 50 + 100 * index, leaves: index % 3 === 0 }).catch((error: unknown) => (error instanceof Error ? error.message : 'unknown')))
        await sleep(400 + (round % 5) * 120)
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
      await Promise.all(clients.map((client) => client.leave()))
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
  }, KILLS * DEADLINE_MS)
})
