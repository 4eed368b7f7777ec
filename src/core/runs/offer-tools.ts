import type { ToolDefinition } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText } from '../../lib/json-text.ts'
import { awaitNamed, selectServers, viewCatalog, type Catalog, type CatalogEntry, type CatalogFilter, type CatalogView } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { readSelectionWords, type ToolWish } from './tool-wish.ts'

/** A tool of the gateway as the model sees it, and where a call of it goes. */
export interface OfferedTool {
  /** Unlike every name that the client uses itself. */
  readonly name: string
  readonly entry: CatalogEntry
  readonly view: CatalogView
  /** How clients are told whose tool it is. */
  readonly label: string
  /** The client gave the label. */
  readonly isLabelled: boolean
  readonly definition: ToolDefinition
  /** It says of itself that it may destroy something, or does not say that it only reads. */
  readonly isDestructive: boolean
  /** The same call may be made twice. */
  readonly isRepeatable: boolean
  /** What the client wants to be asked about. */
  readonly asks: boolean | undefined
}

const MAX_NAME = 64

/** The client's own names come first: a tool of ours that is called the same gets a number. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number++) {
    if (!taken.has(free)) return free
    const ending = `_${number}`
    free = `${name.slice(0, MAX_NAME - ending.length)}${ending}`
  }
}

/** @see MCP 2025-11-25, tool annotations: without a word a tool that changes something may destroy it. */
function isDestructive({ annotations }: JsonObject): boolean {
  if (!isJsonObject(annotations)) return true
  return annotations['readOnlyHint'] !== true && annotations['destructiveHint'] !== false
}

type ReadTool = Pick<OfferedTool, 'definition' | 'isDestructive' | 'isRepeatable'>

/** Definitions are read once for as long as their catalog lives: every request of a run offers them again. */
const readTools = new WeakMap<CatalogEntry, ReadTool>()

function readTool(entry: CatalogEntry): ReadTool {
  const known = readTools.get(entry)
  if (known) return known
  const written = parseJsonText(entry.definition)
  const tool = isJsonObject(written) ? written : {}
  const { description, inputSchema, annotations } = tool
  const read = {
    definition: { name: entry.exposedName, description: typeof description === 'string' ? description : undefined, inputSchema: isJsonObject(inputSchema) ? inputSchema : { type: 'object' }, path: '' },
    isDestructive: isDestructive(tool),
    isRepeatable: isJsonObject(annotations) && (annotations['readOnlyHint'] === true || annotations['idempotentHint'] === true),
  }
  readTools.set(entry, read)
  return read
}

function offer(entry: CatalogEntry, view: CatalogView, wish: ToolWish, taken: ReadonlySet<string>): OfferedTool {
  const { definition, ...hints } = readTool(entry)
  const name = freeName(entry.exposedName, taken)
  return {
    name,
    entry,
    view,
    label: wish.label ?? entry.route.server,
    isLabelled: wish.label !== undefined,
    definition: name === definition.name ? definition : { ...definition, name },
    ...hints,
    asks: wish.asksFor?.(entry.ownName),
  }
}

/** Who asks, and how long servers that are listed for the first time may take. */
export interface OfferContext {
  readonly principal: Principal
  readonly signal: AbortSignal
  readonly waitMs: number
  /** Nobody waits for the answer, so all servers are waited for; only those that the request names without it. */
  readonly isPatient: boolean
}

function viewListed(catalog: Catalog, filter: CatalogFilter, { principal, signal, waitMs, isPatient }: OfferContext): Promise<CatalogView> {
  const look = async (): Promise<CatalogView> => viewCatalog(await catalog.contacted(filter, principal), principal, filter)
  const awaited = isPatient || filter.servers !== 'all' ? selectServers(catalog.current, filter) : []
  return awaitNamed({ look, named: awaited.map(({ server }) => ({ kind: 'server', server })), signal, timeoutMs: waitMs })
}

/**
 * The tools that are meant, by the names that the model gets. Throws when nothing at all can be offered: a run without its tools
 * would look like an answer.
 */
export async function offerTools(catalog: Catalog, context: OfferContext, wishes: readonly ToolWish[], taken: ReadonlySet<string>): Promise<ReadonlyMap<string, OfferedTool>> {
  const offered = new Map<string, OfferedTool>()
  const known = new Set<string>()
  const names = new Set(taken)
  const missing: string[] = []
  for (const wish of wishes) {
    for (const filter of readSelectionWords(wish.selection, catalog.current)) {
      const view = await viewListed(catalog, filter, context)
      missing.push(...view.missing.map(({ server, state, reason }) => `\`${server}\` is ${state}: ${reason}`))
      for (const entry of view.list('tool')) {
        const key = JSON.stringify([entry.route.server, entry.route.upstreamName])
        const isAllowed = wish.allows?.(entry.ownName) ?? true
        if (!isAllowed || known.has(key)) continue
        known.add(key)
        const tool = offer(entry, view, wish, names)
        names.add(tool.name)
        offered.set(tool.name, tool)
      }
    }
  }
  if (offered.size === 0) {
    const why = missing.length > 0 ? ` ${missing.join(' ')}` : ''
    throw new GatewayError('server_unavailable', `No tool can be offered for \`${wishes.map(({ selection }) => selection).join(', ')}\`.${why}`)
  }
  return offered
}
