import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { defineServer } from './define-server.ts'
import type { TemplateEntry } from './template-entry-schema.ts'

/** A template as the rooms read it: a server whose texts are not complete yet. */
export function defineTemplate(id: string, entry: TemplateEntry, disabledReason: string | undefined): McpServerDefinition {
  const { template, ...server } = entry
  const { shareable, perClient, maxInstances = server.maxInstances, idleTimeout, idleTimeoutMs } = template
  const { twin: _twin, ...made } = defineServer(id, { ...server, isolation: 'shared' }, disabledReason)
  return {
    ...made,
    instances: {
      isolation: perClient || !shareable ? 'per-session' : server.isolation,
      isTemplate: true,
      maxInstances,
      idleMs: idleTimeoutMs ?? idleTimeout ?? server.idleTimeout,
    },
  }
}
