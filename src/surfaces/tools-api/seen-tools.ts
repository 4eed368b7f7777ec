import type { IncomingMessage } from 'node:http'
import { checkFilter, narrowFilter, readSelection, viewCatalog, type Catalog, type CatalogFilter, type CatalogView } from '../../core/catalog/index.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { ClientContext } from '../../domain/client-context.ts'
import { readQuerySelectors, type RequestContext } from '../http/index.ts'
import { readParameters, type Parameters } from './read-parameters.ts'

/** What one request sees: its parameters, its selection, and the view of that. */
export interface SeenTools {
  readonly parameters: Parameters
  readonly filter: CatalogFilter
  /** Undefined for all servers of the selection. It does not change names. */
  readonly server: McpServerId | undefined
  readonly view: CatalogView
}

/** Reads the selection of a request. Throws a `SelectionError`, or `invalid_request` for a parameter that is not known. */
export function readFilter(catalog: Catalog, { url = '' }: IncomingMessage, own: readonly string[]): CatalogFilter {
  const filter = narrowFilter({ servers: 'all', tags: undefined, naming: catalog.naming }, readSelection(readQuerySelectors(url, own)))
  checkFilter(catalog.current, filter)
  return filter
}

/** The view of a request's selection, with the first contact of its servers waited for. Its request context completes templates. */
export async function seeTools(catalog: Catalog, request: IncomingMessage, { url, principal }: RequestContext, own: readonly string[], client: ClientContext | undefined): Promise<SeenTools> {
  const filter = readFilter(catalog, request, own)
  const parameters = readParameters(url.searchParams, own)
  const server = parameters.one('server') as McpServerId | undefined
  if (server !== undefined) checkFilter(catalog.current, { ...filter, servers: [server] })
  return { parameters, filter, server, view: viewCatalog(await catalog.contacted(filter, principal, client), principal, filter) }
}

/** Servers of the view whose lists are missing or not fresh, and why. */
export function describeMissing({ view: { missing }, server: only }: Pick<SeenTools, 'view' | 'server'>): readonly { readonly server: string; readonly state: string; readonly reason: string; readonly nextAttemptAt?: string }[] {
  return missing
    .filter(({ server }) => only === undefined || server === only)
    .map(({ server, state, reason, nextAttemptAt }) => ({ server, state, reason, ...(nextAttemptAt ? { nextAttemptAt: nextAttemptAt.toISOString() } : {}) }))
}
