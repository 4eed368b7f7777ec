import type { ClientContext } from '../../domain/client-context.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Logger } from '../../telemetry/index.ts'
import { readContext } from './read-context.ts'

/** What came with a request, before anybody judged it. */
export interface GivenContext {
  /** The client runs on this machine for this user, or the configuration says to believe everybody. */
  readonly isTrusted: boolean
  /** The header `x-trunkline-context`. */
  readonly header: string | undefined
  /** What the gateway knows itself of a client that is its parent process; the client’s own words go before it. */
  readonly derived: JsonObject | undefined
}

export type PreparedContext =
  /** `transport-session`: fixed when its MCP session was opened. `context-session`: it has an id of its own. `derived`: the principal stands for it. */
  | { readonly kind: 'ready'; readonly source: 'transport-session' | 'context-session' | 'derived'; readonly context: ClientContext | undefined }
  /** The client gave one, and is not believed: it is served without. */
  | { readonly kind: 'untrusted' }
  | { readonly kind: 'invalid'; readonly problem: string }

export const CONTEXT_KEY = 'trunkline/context'

function readMeta(params: JsonText | undefined): JsonText | undefined {
  const meta = params?.includes(CONTEXT_KEY) === true ? readMember(params, '_meta') : undefined
  return meta?.startsWith('{') === true ? readMember(meta, CONTEXT_KEY) : undefined
}

function join(derived: JsonObject | undefined, own: ClientContext | undefined): ClientContext {
  return { id: own?.id, values: { ...derived, ...own?.values } }
}

/**
 * The request context of one request. The one that an MCP session was opened with goes before whatever comes later; else
 * `_meta` goes before the header. It decides whether a client is heard, and starts nothing.
 */
export function prepareContext(given: GivenContext | undefined, params: JsonText | undefined, opened?: { readonly context: ClientContext | undefined }): PreparedContext {
  if (opened) return { kind: 'ready', source: 'transport-session', context: opened.context }
  const text = readMeta(params) ?? given?.header
  if (given?.isTrusted !== true) return text === undefined ? { kind: 'ready', source: 'derived', context: undefined } : { kind: 'untrusted' }
  const read = text === undefined ? undefined : readContext(text)
  if (read?.kind === 'invalid') return read
  const context = join(given.derived, read?.context)
  return { kind: 'ready', source: context.id === undefined ? 'derived' : 'context-session', context }
}

/** Says once, and not with every request, that contexts of clients are not heard. */
export function createUntrustedNote(): (logger: Logger) => void {
  let isNoted = false
  return (logger) => {
    if (isNoted) return
    isNoted = true
    logger.warn({ setting: 'mcp.trustContext' }, 'a client sent a request context and is not believed; template servers that need it are missing for such clients')
  }
}

