import { detectLocalProviders, loadConfig, withLocalProviders, type ConfigFlags, type LoadedConfig } from '../config/index.ts'
import { configOptions, type CommandContext, type CommonFlags } from './context.ts'

export interface RunnableConfig {
  readonly loaded: LoadedConfig
  /** Reads everything again. A document that was there must still be there: its loss is an error, not a fresh start. */
  readonly reload: () => Promise<LoadedConfig>
}

/** The configuration with what is noticed on this machine, and the way to read it again. */
export async function loadForRunning(context: CommandContext, flags: CommonFlags & ConfigFlags): Promise<RunnableConfig> {
  let file: string | undefined
  const load = async (): Promise<LoadedConfig> => {
    const options = { ...configOptions(context, flags), isReadOnly: false }
    const loaded = loadConfig(file === undefined ? options : { ...options, explicitPath: file })
    file = loaded.file
    return loaded.providersAreDiscovered ? withLocalProviders(loaded, await detectLocalProviders()) : loaded
  }
  return { loaded: await load(), reload: load }
}
