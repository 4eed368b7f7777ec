import type { Catalog } from '../core/catalog/index.ts'
import type { McpUpstream } from '../upstreams/mcp/index.ts'

/** A package may have to be fetched before its server starts. It stays below the longest call. */
const START_MS = 25_000
const LIST_MS = 5_000

/** Settles when a server that was just started is ready and listed, or does not start, or it takes too long. Never throws. */
export async function awaitListed(upstream: McpUpstream, catalog: Pick<Catalog, 'current' | 'onChange'>): Promise<void> {
  const status = await upstream.settled(START_MS)
  const isListed = (): boolean => !catalog.current.missing.some(({ server }) => server === upstream.id)
  if (status.state !== 'ready' || isListed()) return
  const listed = Promise.withResolvers<void>()
  const timer = setTimeout(listed.resolve, LIST_MS)
  const unlisten = catalog.onChange(() => {
    if (isListed()) listed.resolve()
  })
  await listed.promise
  clearTimeout(timer)
  unlisten()
}
