import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { parseJsonText, readItems, readMembers, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import type { Capability, CapabilityKind, ServerList } from './catalog.ts'

const MAX_PAGES = 256
const MAX_CAPABILITIES = 20_000

interface ListMethod {
  readonly method: string
  readonly member: string
  /** The member of an item that names it. */
  readonly key: string
  /** The capability of a server that promises the list. */
  readonly capability: 'tools' | 'resources' | 'prompts'
}

export const LIST_METHODS: Readonly<Record<CapabilityKind, ListMethod>> = {
  tool: { method: 'tools/list', member: 'tools', key: 'name', capability: 'tools' },
  resource: { method: 'resources/list', member: 'resources', key: 'uri', capability: 'resources' },
  'resource-template': { method: 'resources/templates/list', member: 'resourceTemplates', key: 'uriTemplate', capability: 'resources' },
  prompt: { method: 'prompts/list', member: 'prompts', key: 'name', capability: 'prompts' },
}

interface Page {
  readonly items: readonly JsonText[]
  readonly nextCursor: string | undefined
  readonly ttlMs: number
  readonly isPublic: boolean
}

/** One pass over the members, because a page of 2,000 tools is long. */
function readPage(result: JsonText, member: string): Page {
  const values = new Map<string, JsonText>()
  for (const { key, valueStart, valueEnd } of readMembers(result)) values.set(key, result.slice(valueStart, valueEnd) as JsonText)
  const parsed = (key: string): unknown => {
    const text = values.get(key)
    return text === undefined ? undefined : parseJsonText(text)
  }
  const cursor = parsed('nextCursor')
  const ttlMs = parsed('ttlMs')
  const list = values.get(member)
  return {
    items: list === undefined ? [] : readItems(list),
    // An empty string is a cursor like any other.
    nextCursor: typeof cursor === 'string' ? cursor : undefined,
    ttlMs: typeof ttlMs === 'number' && ttlMs > 0 ? ttlMs : 0,
    isPublic: parsed('cacheScope') === 'public',
  }
}

function readName(item: JsonText, key: string): string | undefined {
  const member = readMembers(item).findLast((candidate) => candidate.key === key)
  if (!member) return undefined
  const value = parseJsonText(item.slice(member.valueStart, member.valueEnd) as JsonText)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Collects capabilities page by page and refuses what would make a list ambiguous or endless. */
class Collector {
  readonly capabilities: Capability[] = []
  readonly #names = new Set<string>()
  readonly #kind: CapabilityKind
  readonly #logger: Logger

  constructor(kind: CapabilityKind, logger: Logger) {
    this.#kind = kind
    this.#logger = logger
  }

  add(items: readonly JsonText[]): void {
    for (const definition of items) {
      const upstreamName = readName(definition, LIST_METHODS[this.#kind].key)
      if (upstreamName === undefined || this.#names.has(upstreamName)) {
        this.#logger.warn({ kind: this.#kind, name: upstreamName }, 'a listed capability without a name, or listed twice, is left out')
        continue
      }
      this.#names.add(upstreamName)
      this.capabilities.push({ kind: this.#kind, upstreamName, definition })
    }
  }
}

interface Asking {
  readonly upstream: McpUpstream
  readonly kind: CapabilityKind
  readonly signal: AbortSignal
}

/** Undefined when the server does not know the method. */
async function askPage({ upstream, kind, signal }: Asking, cursor: string | undefined): Promise<Page | undefined> {
  const { method, member } = LIST_METHODS[kind]
  const params = cursor === undefined ? undefined : toJsonText({ cursor })
  try {
    return readPage(await upstream.call({ method, params, signal, timeoutMs: upstream.definition.timeouts.listMs }), member)
  } catch (error) {
    if (cursor === undefined && error instanceof RpcError && error.code === RPC.methodNotFound) return undefined
    throw error
  }
}

async function* askPages(asking: Asking, isFull: () => boolean, logger: Logger): AsyncGenerator<Page> {
  const cursors = new Set<string>()
  let page = await askPage(asking, undefined)
  while (page) {
    yield page
    const { nextCursor } = page
    if (nextCursor === undefined) return
    if (cursors.has(nextCursor) || cursors.size >= MAX_PAGES || isFull()) {
      logger.warn({ method: LIST_METHODS[asking.kind].method, pages: cursors.size + 1 }, 'the list does not end; the rest of it is left out')
      return
    }
    cursors.add(nextCursor)
    page = await askPage(asking, nextCursor)
  }
}

/**
 * All pages of one list. A cursor seen before, too many pages or too many capabilities end the list with a log line; what
 * was read until then counts. A server that promised the capability but not this method has an empty list.
 */
export async function fetchList(upstream: McpUpstream, kind: CapabilityKind, signal: AbortSignal, logger: Logger): Promise<ServerList> {
  const collector = new Collector(kind, logger)
  const ends: number[] = []
  let isPublic = true
  for await (const page of askPages({ upstream, kind, signal }, () => collector.capabilities.length >= MAX_CAPABILITIES, logger)) {
    collector.add(page.items)
    ends.push(page.ttlMs === 0 ? 0 : Date.now() + page.ttlMs)
    isPublic &&= page.isPublic
  }
  return {
    capabilities: collector.capabilities,
    freshUntil: ends.length === 0 ? 0 : Math.min(...ends),
    cacheScope: isPublic ? 'public' : 'private',
  }
}
