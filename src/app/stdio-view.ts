import type { GatewayConfig } from '../config/index.ts'
import { checkFilter, narrowFilter, readSelection, type Selection, type Selector } from '../core/catalog/index.ts'
import { readMode } from '../core/disclosure/index.ts'
import type { DisclosureMode } from '../domain/disclosure-mode.ts'
import type { McpServerId } from '../domain/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import { normalTag } from '../domain/tag-expression.ts'

/** What a client on stdio sees. */
export interface StdioView {
  readonly server: McpServerId | undefined
  readonly selection: Selection | undefined
  readonly mode: DisclosureMode | undefined
  /** Where the client runs, as far as its child can know. */
  readonly context?: JsonObject
}

export interface StdioFlagsWritten {
  readonly server?: string | undefined
  readonly selectors: readonly Selector[]
  readonly mode?: string | undefined
}

/** Judged by the configuration alone, before anything is started. Throws a `SelectionError`, or another `GatewayError`, naming what is wrong. */
export function readStdioView({ mcpServers, presets }: GatewayConfig, written: StdioFlagsWritten): StdioView {
  const selection = readSelection(written.selectors)
  const server = written.server as McpServerId | undefined
  const configured = mcpServers.filter(({ enabled }) => enabled).map(({ id, tags }) => ({ server: id, tags: new Set(tags.map(normalTag)) }))
  const filter = narrowFilter({ servers: server === undefined ? 'all' : [server], tags: undefined, naming: 'prefixed' }, selection)
  checkFilter({ configured, presets: new Map(presets.map((preset) => [preset.name, preset])) }, filter)
  return { server, selection, mode: written.mode === undefined ? undefined : readMode(written.mode) }
}
