import type { ManageSettings } from '../domain/manage.ts'
import type { ManageEntry } from './manage-schema.ts'

export function defineManage({ registry, ...rest }: ManageEntry): ManageSettings {
  return { ...rest, registry: { url: registry.url, timeoutMs: registry.timeout, maxBytes: registry.maxBytes } }
}
