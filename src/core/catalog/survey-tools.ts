import type { McpServerId } from '../../domain/ids.ts'
import type { ToolOverride } from '../../domain/server-settings.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Capability, ServerCatalog } from './catalog.ts'

/** One tool as an administrator sees it, also one that nobody else sees. */
export interface SurveyedTool {
  readonly server: McpServerId
  /** The server's own name. */
  readonly tool: string
  /** The name under its server that clients use. */
  readonly ownName: string
  readonly state: 'listed' | 'hidden' | 'disabled' | 'held'
  /** When its definition was first seen to differ from the approved one. */
  readonly changedAt: Date | undefined
  /** The server runs once for each client or project: this is what one of its instances listed last, and others may list something else. */
  readonly isOfInstance: boolean
  /** What the configuration says of it. */
  readonly override: ToolOverride
  /** As clients see it, but for its name. */
  readonly definition: JsonText
  /** As the server wrote it. */
  readonly original: JsonText
}

/** Every tool that a server listed, in the server's order. */
export function surveyTools(raw: ServerCatalog, dressed: ServerCatalog, overrides: Readonly<Record<string, ToolOverride>>): readonly SurveyedTool[] {
  const states = new Map<string, { readonly capability: Capability; readonly state: SurveyedTool['state'] }>()
  for (const capability of dressed.lists.tool.capabilities) states.set(capability.upstreamName, { capability, state: capability.isHidden === true ? 'hidden' : 'listed' })
  for (const { capability, why } of dressed.withheld ?? []) states.set(capability.upstreamName, { capability, state: why })
  return raw.lists.tool.capabilities.flatMap(({ upstreamName, definition: original }) => {
    const found = states.get(upstreamName)
    if (!found) return []
    const { capability, state } = found
    const override = Object.hasOwn(overrides, upstreamName) ? (overrides[upstreamName] ?? {}) : {}
    return [{ server: raw.server, tool: upstreamName, ownName: capability.ownName ?? upstreamName, state, changedAt: capability.changedAt, isOfInstance: raw.upstream !== undefined && raw.upstream !== raw.server, override, definition: capability.definition, original }]
  })
}
