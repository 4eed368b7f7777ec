import type { GatewayConfig } from '../config/index.ts'
import type { InstructionsPolicy } from '../core/catalog/index.ts'
import { parseInstructionsTemplate } from '../domain/instructions-template.ts'
import type { McpServerId } from '../domain/ids.ts'
import type { ServerSettings } from '../domain/server-settings.ts'

/** By server: what a running server takes up without starting anew. */
export function serverSettings({ serverSettings: settings }: GatewayConfig): ReadonlyMap<McpServerId, ServerSettings> {
  return new Map(settings.map((each) => [each.server, each]))
}

/** How what clients are told is put together. The configuration was checked, so its template can be read. */
export function instructionsPolicy({ mcp: { instructions } }: GatewayConfig): InstructionsPolicy {
  const parsed = instructions.template === undefined ? undefined : parseInstructionsTemplate(instructions.template)
  return { template: parsed?.kind === 'valid' ? parsed.template : undefined, tellsUnavailable: instructions.unavailable }
}
