import type { McpServerId } from '../../domain/ids.ts'
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
  /** Settles when the first contact is over: listed, known to be down, or the time is up. */
  contacted(): Promise<void>
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

function whyMissing(upstream: McpUpstream, failure: string | undefined, isListed: boolean): MissingServer | undefined {
  const { status, id: server } = upstream
  const make = (reason: string, nextAttemptAt?: Date): MissingServer => ({ server, state: status.state, reason, nextAttemptAt })
  switch (status.state) {
    case 'ready':
      if (failure !== undefined) return make(failure)
      return isListed ? undefined : make('Its lists are being read.')
    case 'starting':
      return make('It is starting.')
    case 'backing-off':
      return make(status.reason, status.nextAttemptAt)
    case 'needs-authorization':
    case 'failed':
    case 'stopped':
      return make(status.reason)
  }
}

export function createServerLister(deps: ServerListerDeps): ServerLister {
  const { upstream, logger, listWaitMs, onChange } = deps
  const closing = new AbortController()
  const first = Promise.withResolvers<void>()
  let catalog: ServerCatalog | undefined = deps.previous && { ...deps.previous, stale: true }
  let hello: ServerHello | undefined
  /** Whether the lists in `catalog` are this connection's own. */
  let isListed = false
  let wasStarted = false
  let wasReady = false
  let failure: string | undefined
  let failures = 0
  let running = false
  const dirty = new Set<CapabilityKind>()
  let wake: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined
  let patience = setTimeout(() => first.resolve(), listWaitMs)

  function endFirstContact(): void {
    clearTimeout(patience)
    first.resolve()
  }

  function schedule(delayMs: number): void {
    const at = Date.now() + delayMs
    if (closing.signal.aborted || running || (wake && wake.at <= at)) return
    clearTimeout(wake?.timer)
    wake = { at, timer: setTimeout(() => void refresh(), Math.min(delayMs, MOST_TIMER_MS)) }
  }

  function mark(kinds: Iterable<CapabilityKind>, delayMs: number): void {
    for (const kind of kinds) dirty.add(kind)
    schedule(delayMs)
  }

  async function refresh(): Promise<void> {
    wake = undefined
    const current = hello
    if (closing.signal.aborted || running || !current) return
    const now = Date.now()
    const old = catalog?.lists ?? EMPTY_LISTS
    for (const kind of CAPABILITY_KINDS) if (old[kind].freshUntil > 0 && old[kind].freshUntil <= now) dirty.add(kind)
    const kinds = [...dirty]
    // Emptied before reading: a notice that comes meanwhile may be newer than what is read.
    dirty.clear()
    running = true
    const outcomes = await Promise.allSettled(
      kinds.map((kind) => (promises(current, kind) ? fetchList(upstream, kind, closing.signal, logger) : Promise.resolve(EMPTY))),
    )
    running = false
    if (closing.signal.aborted) return
    if (hello === current) apply(current, kinds, outcomes)
    planNext()
  }

  function apply(current: ServerHello, kinds: readonly CapabilityKind[], outcomes: readonly PromiseSettledResult<ServerList>[]): void {
    const lists = { ...(catalog?.lists ?? EMPTY_LISTS) }
    failure = undefined
    for (const [index, kind] of kinds.entries()) {
      const outcome = outcomes[index]
      if (outcome?.status === 'fulfilled') lists[kind] = outcome.value
      if (outcome?.status !== 'rejected') continue
      dirty.add(kind)
      failure ??= `${LIST_METHODS[kind].method} failed: ${message(outcome.reason)}`
    }
    failures = failure === undefined ? 0 : failures + 1
    if (failure !== undefined) logger.warn({ server: upstream.id, reason: failure, failures }, 'lists of an MCP server could not be read')
    isListed ||= failure === undefined
    catalog = { ...describe(upstream, current), lists, stale: !isListed }
    endFirstContact()
    onChange()
  }

  function planNext(): void {
    if (!hello) return
    if (failures > 0) return schedule(Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most))
    if (dirty.size > 0) return schedule(isListed ? COALESCE_MS : 0)
    const ends = Object.values(catalog?.lists ?? {}).map(({ freshUntil }) => freshUntil).filter((at) => at > 0)
    if (ends.length === 0) return
    // Jitter keeps servers that started together from being asked together for ever.
    schedule(Math.max(Math.min(...ends) - Date.now(), LEAST_TTL_MS) * (1 + Math.random() / 10))
  }

  function onStatus(): void {
    const { status } = upstream
    if (status.state === 'ready') {
      if (status.hello === hello) return
      hello = status.hello
      isListed = false
      failures = 0
      if (!wasReady) {
        clearTimeout(patience)
        patience = setTimeout(() => first.resolve(), listWaitMs)
      }
      wasReady = true
      mark(CAPABILITY_KINDS, 0)
      return onChange()
    }
    hello = undefined
    isListed = false
    failure = undefined
    if (catalog) catalog = { ...catalog, stale: true }
    // Not started yet is no verdict.
    if (status.state === 'starting') wasStarted = true
    else if (wasStarted || status.state !== 'stopped') endFirstContact()
    onChange()
  }

  const unlisten = upstream.onChange((change) => {
    if (closing.signal.aborted) return
    if (change.kind === 'status') onStatus()
    else if (change.kind === 'list-changed') mark(KINDS_OF[change.list], COALESCE_MS)
  })
  onStatus()

  return {
    server: upstream.id,
    catalog: () => catalog,
    missing: () => whyMissing(upstream, failure, isListed),
    contacted: () => first.promise,
    [Symbol.dispose]() {
      closing.abort()
      unlisten()
      clearTimeout(wake?.timer)
      endFirstContact()
    },
  }
}

function promises(hello: ServerHello, kind: CapabilityKind): boolean {
  return hello.capabilities[LIST_METHODS[kind].capability] !== undefined
}

function describe(upstream: McpUpstream, hello: ServerHello): Omit<ServerCatalog, 'lists' | 'stale'> {
  const { capabilities, era, serverInfo, instructions } = hello
  const overHttp = upstream.definition.transport.kind === 'http'
  return {
    server: upstream.id,
    tags: new Set(upstream.definition.tags),
    facts: { era, overHttp, capabilities, serverInfo, instructions },
  }
}
