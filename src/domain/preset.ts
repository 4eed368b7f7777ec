import type { McpServerId } from './ids.ts'
import type { TagExpression } from './tag-expression.ts'

/** What a preset selects. Servers keep the order of the configuration, whatever the order here. */
export type PresetSelection =
  | { readonly kind: 'filter'; readonly text: string; readonly expression: TagExpression }
  /** Servers with any of the tags. */
  | { readonly kind: 'tags'; readonly tags: readonly string[] }
  | { readonly kind: 'servers'; readonly servers: readonly McpServerId[] }

/** A saved selection of MCP servers, used by its name. It grants nothing: it narrows what its user sees and may call. */
export interface PresetDefinition {
  readonly name: string
  readonly description: string | undefined
  readonly selection: PresetSelection
  /** Who wrote it. `replaced`: the overlay, in the place of an entry of the document. */
  readonly origin: 'document' | 'overlay' | 'replaced'
}
