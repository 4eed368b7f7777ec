import { detectLocalProviders, loadConfig, type ConfigFlags, type LoadedConfig } from '../config/index.ts'
import type { JsonObject } from '../lib/json.ts'
import { configOptions, type CommandContext, type CommonFlags } from './context.ts'

export interface RunnableConfig {
  readonly loaded: LoadedConfig
  /** Reads everything again. A document that was there must still be there: its loss is an error, not a fresh start. */
  readonly reload: () => Promise<LoadedConfig>
  /** The same with these switches in place of those of the overlay, to see what they would do. */
  readonly preview: (overlayValues: JsonObject) => Promise<LoadedConfig>
}

/** The configuration with what is noticed on this machine, and the way to read it again. */
export async function loadForRunning(context: CommandContext, flags: CommonFlags & ConfigFlags & { readonly withoutDocument?: boolean }): Promise<RunnableConfig> {
  let file: string | undefined
  const load = async (overlayValues?: JsonObject): Promise<LoadedConfig> => {
    const options = { ...configOptions(context, flags), isReadOnly: false, withoutDocument: flags.withoutDocument === true, ...(overlayValues ? { overlayValues } : {}) }
    const found = file === undefined ? options : { ...options, explicitPath: file }
    const loaded = loadConfig(found)
    file = loaded.file
    const localProviders = loaded.providersAreDiscovered ? await detectLocalProviders() : []
    return localProviders.length === 0 ? loaded : loadConfig({ ...found, ...(file === undefined ? {} : { explicitPath: file }), localProviders })
  }
  return { loaded: await load(), reload: () => load(), preview: load }
}
