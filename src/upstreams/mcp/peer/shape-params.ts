import type { JsonObject } from '../../../lib/json.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, readMembers, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { isJsonObject } from '../../../lib/json.ts'
import { META, MODERN_VERSION } from '../handshake/revisions.ts'

/** What a modern request says about its sender when the caller does not. */
export interface ModernEnvelope {
  readonly clientInfo: JsonText
  readonly capabilities: JsonText
}

const HOP_KEYS = [META.protocolVersion, META.clientCapabilities, META.clientInfo, META.logLevel, META.subscriptionId, 'progressToken', 'trunkline/context'] as const

/** A key can hide from a text search only behind an escape. */
function mayHaveMeta(params: JsonText): boolean {
  return params.includes('"_meta"') || params.includes('\\u')
}

function readMeta(params: JsonText): JsonText | undefined {
  const meta = mayHaveMeta(params) ? readMember(params, '_meta') : undefined
  return meta?.trimStart().startsWith('{') ? meta : undefined
}

function capabilitiesOf(meta: JsonText | undefined): JsonText | undefined {
  const text = meta && readMember(meta, META.clientCapabilities)
  return text !== undefined && isJsonObject(parseJsonText(text)) ? text : undefined
}

function withMeta(params: JsonText | undefined, meta: JsonText | undefined): JsonText | undefined {
  if (meta === undefined || readMembers(meta).length === 0) {
    const isThere = params !== undefined && mayHaveMeta(params) && readMember(params, '_meta') !== undefined
    return isThere ? editMembers(params, { _meta: undefined }) : params
  }
  return editMembers(params ?? EMPTY_OBJECT, { _meta: meta })
}

/**
 * The params as they travel to a server: the hop's own `_meta` keys of the client edge are taken out, a progress token of
 * ours and, for a modern server, the envelope are put in; everything else, arguments above all, stays as it was written.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export function shapeParams(
  params: JsonText | undefined,
  token: number | undefined,
  envelope: ModernEnvelope | undefined,
): JsonText | undefined {
  const before = params === undefined ? undefined : readMeta(params)
  if (before === undefined && token === undefined && envelope === undefined) return withMeta(params, undefined)
  const changes: Record<string, JsonText | undefined> = Object.fromEntries(HOP_KEYS.map((key) => [key, undefined]))
  if (token !== undefined) changes['progressToken'] = String(token) as JsonText
  if (envelope) {
    changes[META.protocolVersion] = toJsonText(MODERN_VERSION)
    changes[META.clientInfo] = envelope.clientInfo
    changes[META.clientCapabilities] = capabilitiesOf(before) ?? envelope.capabilities
    const level = before && readMember(before, META.logLevel)
    if (level !== undefined) changes[META.logLevel] = level
  }
  return withMeta(params, editMembers(before ?? EMPTY_OBJECT, changes))
}

/** The token of a progress notification, or the subscription of a listen stream's message; `undefined` when it names none. */
export function readCorrelation(method: string, params: JsonText | undefined): string | number | undefined {
  if (params === undefined) return undefined
  const value = parseJsonText(params)
  if (!isJsonObject(value)) return undefined
  const meta: JsonObject = isJsonObject(value['_meta']) ? value['_meta'] : {}
  const found = method === 'notifications/progress' ? value['progressToken'] : meta[META.subscriptionId]
  return typeof found === 'string' || typeof found === 'number' ? found : undefined
}
