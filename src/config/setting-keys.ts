import type { JsonObject } from '../lib/json.ts'
import { documentSchema } from './document-schema.ts'
import { leaves } from './json-tree.ts'
import type { ConfigPath } from './position.ts'

/** The sections whose members are single settings, as against maps of entities. */
const SECTIONS = ['server', 'mcp', 'openapi', 'telemetry'] as const

export interface SettingKey {
  readonly path: ConfigPath
  /** `TRUNKLINE_SERVER__DRAIN_TIMEOUT` */
  readonly variable: string
  readonly isList: boolean
}

const screaming = (key: string): string => key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()

/** Every setting that a single variable can set, found in the schema’s own defaults. */
export function settingKeys(): readonly SettingKey[] {
  const defaults = documentSchema.parse({}) as unknown as JsonObject
  return SECTIONS.flatMap((section) =>
    [...leaves(defaults[section], [section])].map(({ path, value }) => ({
      path,
      variable: `TRUNKLINE_${path.map((part) => screaming(String(part))).join('__')}`,
      isList: Array.isArray(value),
    })),
  )
}
