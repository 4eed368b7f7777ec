import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../domain/errors.ts'
import type { MissingServer } from './catalog.ts'
import { serverOfRouted } from './resource-routes.ts'
import type { CatalogView } from './view-catalog.ts'

const POLL_MS = 25

/** What a call names: a capability as clients see it, or by its server and its name there. */
export type NamedCapability =
  | { readonly kind: 'tool' | 'prompt' | 'resource'; readonly name: string }
  | { readonly kind: 'tool-of'; readonly server: string; readonly name: string }
  /** All that a server has. */
  | { readonly kind: 'server'; readonly server: string }

export interface AwaitNamed {
  /** The newest view. */
  readonly look: () => CatalogView | Promise<CatalogView>
  /** All that may be meant; nobody is waited for when one of it is there. */
  readonly named: readonly NamedCapability[]
  readonly signal: AbortSignal
  /** Of the call, where its caller bounds it. */
  readonly timeoutMs?: number | undefined
}

type Coming = MissingServer & { readonly coming: NonNullable<MissingServer['coming']> }

const isComing = (server: MissingServer): server is Coming => server.coming !== undefined

function isThere({ find, findTool, withheld, withheldTool, resolveResource }: CatalogView, named: NamedCapability): boolean {
  switch (named.kind) {
    case 'tool':
      return find('tool', named.name) !== undefined || withheld(named.name) !== undefined
    case 'prompt':
      return find('prompt', named.name) !== undefined
    case 'resource':
      return resolveResource(named.name) !== undefined
    case 'tool-of':
      return findTool(named.server, named.name) !== undefined || withheldTool(named.server, named.name) !== undefined
    case 'server':
      return false
  }
}

/** Which server the name itself leads to. */
function owner(named: NamedCapability, coming: readonly Coming[]): Coming | undefined {
  switch (named.kind) {
    case 'tool-of':
    case 'server':
      return coming.find(({ server }) => server === named.server)
    case 'resource':
      return coming.find(({ server }) => server === serverOfRouted(named.name))
    default:
      return coming.find(({ server }) => named.name.startsWith(`${server}__`))
  }
}

/** A name without a server in it may belong to any of them: that is no reason to wait long, but for instances, which start for this client alone. */
function patience(view: CatalogView, named: NamedCapability, coming: readonly Coming[]): number {
  const found = coming.find(({ server }) => server === view.single) ?? owner(named, coming)
  if (found) return found.coming.callMs
  const isOpen = named.kind === 'resource' || (view.naming === 'bare' && (named.kind === 'tool' || named.kind === 'prompt'))
  if (!isOpen || view.single !== undefined) return 0
  return Math.max(...coming.map(({ upstream, coming: { callMs, listWaitMs } }) => (named.kind === 'resource' && upstream !== undefined ? callMs : listWaitMs)))
}

/** Longest that a call of these names waits for servers that have never been listed; 0 when it need not, or in vain. */
function patienceFor(view: CatalogView, named: readonly NamedCapability[]): number {
  const coming = view.missing.filter(isComing)
  if (coming.length === 0 || named.some((each) => isThere(view, each))) return 0
  return Math.max(0, ...named.map((each) => patience(view, each, coming)))
}

/** Whether a call of these names has something to wait for: hardly any has. */
export function isAwaited(view: CatalogView, named: readonly NamedCapability[]): boolean {
  return named.length > 0 && patienceFor(view, named) > 0
}

/**
 * The view in which what is named can be found, or is refused for good. A call for a server that has never been listed waits while
 * that server starts and is listed, for no longer than the call may take; its state ends the wait when the start fails. Rejects only
 * when the signal aborts.
 */
export async function awaitNamed({ look, named, signal, timeoutMs = Infinity }: AwaitNamed): Promise<CatalogView> {
  const started = performance.now()
  for (;;) {
    const view = await look()
    const waitMs = Math.min(patienceFor(view, named), timeoutMs)
    if (performance.now() - started >= waitMs) return view
    await sleep(POLL_MS)
    if (signal.aborted) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The call was cancelled while its server was starting.', { cause: signal.reason })
  }
}
