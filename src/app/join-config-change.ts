import { createOverlayFile, type LoadedConfig } from '../config/index.ts'
import { createConfigChange, type ConfigChange } from '../core/config-change/index.ts'
import { GatewayError } from '../domain/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { findings, type ReloadOutcome } from './reload.ts'

export interface ConfigChangeParts {
  readonly dataDirectory: string
  /** Loads the configuration with these switches; throws a `ConfigError` for one that is wrong. */
  load(overlayValues: JsonObject): Promise<LoadedConfig>
  reload(): Promise<ReloadOutcome>
}

/** Changes of the overlay’s file, checked by the loader and applied by the reloader. */
export function joinConfigChange({ dataDirectory, load, reload }: ConfigChangeParts): ConfigChange {
  return createConfigChange({
    overlay: createOverlayFile(dataDirectory),
    async check(overlay) {
      try {
        return { kind: 'valid', settings: (await load(overlay)).config }
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'config_invalid') return { kind: 'invalid', problems: findings(error) }
        throw error
      }
    },
    reload,
  })
}
