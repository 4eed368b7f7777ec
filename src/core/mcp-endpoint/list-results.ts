import type { McpEra } from '../../domain/mcp-server.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import type { CapabilityKind, CatalogView, ListText } from '../catalog/index.ts'
import { discloseList } from '../disclosure/index.ts'
import { SharedText } from '../../lib/shared-text.ts'
import { META } from './revisions.ts'
import type { ResultText } from './write-message.ts'

export const LIST_KINDS: Readonly<Record<string, CapabilityKind>> = {
  'tools/list': 'tool',
  'resources/list': 'resource',
  'resources/templates/list': 'resource-template',
  'prompts/list': 'prompt',
}

/** The whole list is one page, so no cursor was ever given out. */
function refuseCursor(params: JsonText | undefined): void {
  if (params?.includes('"cursor"') && readMember(params, 'cursor') !== undefined) {
    throw new RpcError(RPC.invalidParams, 'Unknown cursor: this gateway lists everything in one page.')
  }
}

function writeMeta(era: McpEra, { missing, changed }: ListText, cost: JsonText | undefined, serverInfo: JsonText): string {
  const parts: string[] = []
  if (era === 'modern') parts.push(`"${META.serverInfo}":${serverInfo}`)
  if (missing !== undefined) parts.push(`"trunkline/missing":${missing}`)
  if (changed !== undefined) parts.push(`"trunkline/changed":${changed}`)
  if (cost !== undefined) parts.push(`"trunkline/cost":${cost}`)
  return parts.length === 0 ? '' : `,"_meta":{${parts.join(',')}}`
}

export interface ListRequest {
  readonly view: CatalogView
  readonly kind: CapabilityKind
  /** How much of the tools the client is shown. */
  readonly mode: DisclosureMode
  readonly era: McpEra
  readonly params: JsonText | undefined
  readonly serverInfo: JsonText
}

/** The result of a list method. The list itself is rendered once per view; only what a modern client may keep is new. */
export function listResult({ view, kind, mode, era, params, serverInfo }: ListRequest): ResultText {
  refuseCursor(params)
  const disclosed = kind === 'tool' ? discloseList(view, mode, era) : undefined
  const list = disclosed ?? view.renderList(kind, era)
  const { body, shared, freshUntil, cacheScope } = list
  const write = (before: string, after: string): ResultText => (shared ? new SharedText(before, shared, after) : (`${before}${body}${after}` as JsonText))
  const meta = writeMeta(era, list, disclosed?.cost, serverInfo)
  if (era === 'legacy') return write('{', `${meta}}`)
  const ttlMs = Math.max(Math.floor(freshUntil - Date.now()), 0)
  return write('{"resultType":"complete",', `,"ttlMs":${ttlMs},"cacheScope":"${cacheScope}"${meta}}`)
}
