import type { Calls } from '../../core/calls/index.ts'
import type { Catalog } from '../../core/catalog/index.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { Events } from '../../telemetry/index.ts'
import type { BodyLimits } from '../http/index.ts'

export interface ToolsApiDeps {
  readonly catalog: Catalog
  readonly calls: Calls
  readonly events: Pick<Events, 'callRefused'>
  /** Every configured server, also one that is switched off, in the order of the configuration. Read per request. */
  readonly servers: () => readonly McpServerDefinition[]
  /** Whether the request context of every script is believed; only of those on this machine without it. */
  readonly trustContext?: boolean
  /** Read per request, so that a reload needs no new surface. */
  readonly bodyLimits: () => BodyLimits
}
