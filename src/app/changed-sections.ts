import type { GatewayConfig } from '../config/index.ts'
import { fingerprint } from './fingerprint.ts'

/** The sections beside the entities, by their names in the document. */
const SECTIONS = ['server', 'auth', 'mcp', 'serverSettings', 'models', 'modelRules', 'modelSwitches', 'translation', 'runs', 'chat', 'openapi', 'telemetry'] as const

export function changedSections(before: GatewayConfig, after: GatewayConfig): readonly string[] {
  return SECTIONS.filter((section) => fingerprint(before[section]) !== fingerprint(after[section]))
}
