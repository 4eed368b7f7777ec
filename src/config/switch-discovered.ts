import { z } from 'zod'
import type { ProviderDefinition } from '../domain/provider.ts'
import type { JsonObject } from '../lib/json.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning } from './loaded-config.ts'
import { flag, textList } from './schema-terms.ts'

const switchSchema = z.strictObject({ enabled: flag().optional(), disabledModels: textList.optional() })

export interface SwitchedProviders {
  readonly providers: readonly ProviderDefinition[]
  readonly disabledModels: Readonly<Record<string, readonly string[]>>
  readonly warnings: readonly ConfigWarning[]
}

/** Providers that no document names, with the switches that the overlay has for them. */
export function switchDiscovered(found: readonly ProviderDefinition[], switches: JsonObject, overlay: ConfigLayer | undefined): SwitchedProviders {
  const warnings: ConfigWarning[] = []
  const disabledModels: Record<string, readonly string[]> = {}
  const place = (id: string): Pick<ConfigWarning, 'file' | 'line' | 'column'> => overlay?.place(['providers', id], 'key') ?? { file: 'overlay', line: 0, column: 0 }
  for (const id of Object.keys(switches)) {
    if (found.some((provider) => provider.id === id)) continue
    warnings.push({ ...place(id), message: `The switch for \`providers.${id}\` has no effect, because there is no such provider.` })
  }
  const providers = found.map((provider) => {
    if (!Object.hasOwn(switches, provider.id)) return provider
    const read = switchSchema.safeParse(switches[provider.id])
    if (!read.success) {
      warnings.push({ ...place(provider.id), message: `The switch for \`providers.${provider.id}\` has no effect: expected \`enabled\` and \`disabledModels\` only.` })
      return provider
    }
    if (read.data.disabledModels) disabledModels[provider.id] = read.data.disabledModels
    return read.data.enabled === false ? { ...provider, enabled: false } : provider
  })
  return { providers, disabledModels, warnings }
}
