import type { McpServerId } from '../../domain/ids.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import { CAPABILITY_KINDS, type CapabilityKind, type MissingServer, type ServerCatalog, type ServerList } from './catalog.ts'
import { fetchList, LIST_METHODS } from './fetch-list.ts'

/** Five notices at once are one change: server-everything sends that many right after its start. */
const COALESCE_MS = 100
const RETRY_MS = { first: 2_000, most: 60_000 }
const LEAST_TTL_MS = 1_000
const MOST_TIMER_MS = 2_147_483_647

const EMPTY: ServerList = { capabilities: [], freshUntil: 0, cacheScope: 'public' }
const EMPTY_LISTS: ServerCatalog['lists'] = { tool: EMPTY, resource: EMPTY, 'resource-template': EMPTY, prompt: EMPTY }

const KINDS_OF: Readonly<Record<'tools' | 'resources' | 'prompts', readonly CapabilityKind[]>> = {
  tools: ['tool'],
  resources: ['resource', 'resource-template'],
  prompts: ['prompt'],
}

/** Keeps the lists of one server: reads them when it is ready, again when it says so, and keeps the last good ones. */
export interface ServerLister extends Disposable {
  readonly server: McpServerId
  /** Undefined until the server was listed once. */
  catalog(): ServerCatalog | undefined
  missing(): MissingServer | undefined
  /** Settles when the first contact is over: listed, known to be down, or the time is up. Undefined when it is. */
  contacted(): Promise<void> | undefined
}

export interface ServerListerDeps {
  readonly upstream: McpUpstream
  readonly logger: Logger
  readonly listWaitMs: number
  /** Lists of an earlier instance of the same server; they are good until this one has its own. */
  readonly previous: ServerCatalog | undefined
  /** Something that `catalog()` or `missing()` says has changed. */
  readonly onChange: () => void
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Under which id it is shown, and where calls go when that is another one. */
function addressOf({ id, definition }: McpUpstream): Pick<MissingServer, 'server' | 'upstream'> {
  return id === definition.id ? { server: id } : { server: definition.id, upstream: id }
}

/** What became of the lists of this connection. */
interface Listing {
  readonly failure: string | undefined
  readonly isListed: boolean
  /** For a server that has no lists from before. */
  readonly coming: MissingServer['coming']
}

function whyMissing(upstream: McpUpstream, { failure, isListed, coming }: Listing): MissingServer | undefined {
  const { status } = upstream
  const address = addressOf(upstream)
  const make = (reason: string, nextAttemptAt?: Date): MissingServer => ({ ...address, state: status.state, reason, nextAttemptAt })
  const onItsWay = (reason: string): MissingServer => ({ ...make(reason), ...(coming ? { coming } : {}) })
  switch (status.state) {
    case 'ready':
      if (failure !== undefined) return make(failure)
      return isListed ? undefined : onItsWay('Its lists are being read.')
    case 'starting':
      return onItsWay('It is starting.')
    case 'backing-off':
      return make(status.reason, status.nextAttemptAt)
    case 'needs-authorization':
    case 'failed':
    case 'stopped':
      return make(status.reason)
  }
}

function promises(hello: ServerHello, kind: CapabilityKind): boolean {
  return hello.capabilities[LIST_METHODS[kind].capability] !== undefined
}

function describe(upstream: McpUpstream, hello: ServerHello): Omit<ServerCatalog, 'lists' | 'stale'> {
  const { capabilities, era, serverInfo, instructions } = hello
  const overHttp = upstream.definition.transport.kind === 'http'
  return {
    ...addressOf(upstream),
    tags: new Set(upstream.definition.tags.map(normalTag)),
    facts: { era, overHttp, capabilities, serverInfo, instructions },
  }
}

class Lister implements ServerLister {
  readonly #deps: ServerListerDeps
  readonly #closing = new AbortController()
  #first = Promise.withResolvers<void>()
  #isContacted = false
  readonly #dirty = new Set<CapabilityKind>()
  readonly #unlisten: () => void
  #catalog: ServerCatalog | undefined
  #hello: ServerHello | undefined
  /** Whether the lists in the catalog are this connection's own. */
  #isListed = false
  #wasStarted = false
  #wasReady = false
  #failure: string | undefined
  #failures = 0
  #isReading = false
  #wake: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined
  #patience: NodeJS.Timeout

  constructor(deps: ServerListerDeps) {
    const { upstream, previous } = deps
    this.#deps = deps
    this.#catalog = previous && { ...previous, stale: true }
    this.#patience = this.#startPatience()
    this.#unlisten = upstream.onChange((change) => {
      if (this.#closing.signal.aborted) return
      if (change.kind === 'status') this.#onStatus()
      else if (change.kind === 'list-changed') this.#mark(KINDS_OF[change.list], COALESCE_MS)
    })
    this.#onStatus()
  }

  get server(): McpServerId {
    return this.#deps.upstream.id
  }

  catalog(): ServerCatalog | undefined {
    return this.#catalog
  }

  missing(): MissingServer | undefined {
    const { upstream, listWaitMs } = this.#deps
    const coming = this.#catalog ? undefined : { callMs: upstream.definition.timeouts.callMs, listWaitMs }
    return whyMissing(upstream, { failure: this.#failure, isListed: this.#isListed, coming })
  }

  contacted(): Promise<void> | undefined {
    return this.#isContacted ? undefined : this.#first.promise
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    this.#unlisten()
    clearTimeout(this.#wake?.timer)
    this.#endFirstContact()
  }

  #startPatience(): NodeJS.Timeout {
    return setTimeout(() => this.#settleFirst(), this.#deps.listWaitMs)
  }

  /** However long a server took to start, its lists get their own time: who still waits goes on waiting, and who asks from now on waits too. */
  #restartPatience(): void {
    const restarted = Promise.withResolvers<void>()
    clearTimeout(this.#patience)
    this.#first.resolve(restarted.promise)
    this.#first = restarted
    this.#isContacted = false
    this.#patience = this.#startPatience()
  }

  #settleFirst(): void {
    this.#isContacted = true
    this.#first.resolve()
  }

  #endFirstContact(): void {
    clearTimeout(this.#patience)
    this.#settleFirst()
  }

  #onStatus(): void {
    const { upstream, onChange } = this.#deps
    const { status } = upstream
    if (status.state === 'ready') return this.#onReady(status.hello)
    this.#hello = undefined
    this.#isListed = false
    this.#failure = undefined
    if (this.#catalog) this.#catalog = { ...this.#catalog, stale: true }
    // Not started yet is no verdict.
    if (status.state === 'starting') this.#wasStarted = true
    else if (this.#wasStarted || status.state !== 'stopped') this.#endFirstContact()
    onChange()
  }

  #onReady(hello: ServerHello): void {
    if (hello === this.#hello) return
    this.#hello = hello
    this.#isListed = false
    this.#failures = 0
    if (!this.#wasReady) this.#restartPatience()
    this.#wasReady = true
    this.#mark(CAPABILITY_KINDS, 0)
    this.#deps.onChange()
  }

  #mark(kinds: Iterable<CapabilityKind>, delayMs: number): void {
    for (const kind of kinds) this.#dirty.add(kind)
    this.#schedule(delayMs)
  }

  #schedule(delayMs: number): void {
    const at = Date.now() + delayMs
    if (this.#closing.signal.aborted || this.#isReading || (this.#wake && this.#wake.at <= at)) return
    clearTimeout(this.#wake?.timer)
    this.#wake = { at, timer: setTimeout(() => void this.#refresh(), Math.min(delayMs, MOST_TIMER_MS)) }
  }

  async #refresh(): Promise<void> {
    this.#wake = undefined
    const hello = this.#hello
    if (this.#closing.signal.aborted || this.#isReading || !hello) return
    const now = Date.now()
    const old = this.#catalog?.lists ?? EMPTY_LISTS
    for (const kind of CAPABILITY_KINDS) if (old[kind].freshUntil > 0 && old[kind].freshUntil <= now) this.#dirty.add(kind)
    const kinds = [...this.#dirty]
    // Emptied before reading: a notice that comes meanwhile may be newer than what is read.
    this.#dirty.clear()
    this.#isReading = true
    const outcomes = await Promise.allSettled(kinds.map((kind) => this.#read(hello, kind)))
    this.#isReading = false
    if (this.#closing.signal.aborted) return
    if (this.#hello === hello) this.#apply(hello, kinds, outcomes)
    this.#planNext()
  }

  async #read(hello: ServerHello, kind: CapabilityKind): Promise<ServerList> {
    const { upstream, logger } = this.#deps
    return promises(hello, kind) ? fetchList(upstream, kind, this.#closing.signal, logger) : EMPTY
  }

  #apply(hello: ServerHello, kinds: readonly CapabilityKind[], outcomes: readonly PromiseSettledResult<ServerList>[]): void {
    const { upstream, logger, onChange } = this.#deps
    const lists = { ...(this.#catalog?.lists ?? EMPTY_LISTS) }
    this.#failure = undefined
    for (const [index, kind] of kinds.entries()) {
      const outcome = outcomes[index]
      if (outcome?.status === 'fulfilled') lists[kind] = outcome.value
      if (outcome?.status !== 'rejected') continue
      this.#dirty.add(kind)
      this.#failure ??= `${LIST_METHODS[kind].method} failed: ${message(outcome.reason)}`
    }
    this.#failures = this.#failure === undefined ? 0 : this.#failures + 1
    if (this.#failure !== undefined) logger.warn({ server: upstream.id, reason: this.#failure, failures: this.#failures }, 'lists of an MCP server could not be read')
    this.#isListed ||= this.#failure === undefined
    this.#catalog = { ...describe(upstream, hello), lists, stale: !this.#isListed }
    this.#endFirstContact()
    onChange()
  }

  #planNext(): void {
    if (!this.#hello) return
    if (this.#failures > 0) return this.#schedule(Math.min(RETRY_MS.first * 2 ** (this.#failures - 1), RETRY_MS.most))
    if (this.#dirty.size > 0) return this.#schedule(this.#isListed ? COALESCE_MS : 0)
    const ends = Object.values(this.#catalog?.lists ?? {}).map(({ freshUntil }) => freshUntil).filter((at) => at > 0)
    if (ends.length === 0) return
    // Jitter keeps servers that started together from being asked together for ever.
    this.#schedule(Math.max(Math.min(...ends) - Date.now(), LEAST_TTL_MS) * (1 + Math.random() / 10))
  }
}

export function createServerLister(deps: ServerListerDeps): ServerLister {
  return new Lister(deps)
}
