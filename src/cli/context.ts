import type { ConfigFlags, LoadedConfig, LoadConfigOptions } from '../config/index.ts'
import type { Terminal } from './terminal.ts'

/** The flags that many commands share, as commander hands them over. */
export interface CommonFlags {
  readonly config?: string
  readonly data?: string
  readonly url?: string
  readonly keyFile?: string
}

/** What a command may use of the process. Everything is handed in, so that commands can be run by tests. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly homeDirectory: string
  readonly version: string
  /** How this program was started, ready to paste: `trunkline`, or `node bin/trunkline.mjs` from a clone. */
  readonly invocation: string
  /** Aborts at the first SIGINT. */
  readonly signal: AbortSignal
}

export function configOptions(context: CommandContext, flags: CommonFlags & ConfigFlags): LoadConfigOptions {
  const { config, data, host, port, logLevel, logFormat, settings } = flags
  return {
    ...(config === undefined ? {} : { explicitPath: config }),
    cwd: context.cwd,
    environment: context.environment,
    homeDirectory: context.homeDirectory,
    isReadOnly: true,
    flags: {
      ...(data === undefined ? {} : { data }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(logFormat === undefined ? {} : { logFormat }),
      ...(settings === undefined ? {} : { settings }),
    },
  }
}

/** The warnings of a configuration, one line each, on stderr. */
export function noteWarnings(terminal: Terminal, loaded: LoadedConfig, render: (warning: LoadedConfig['warnings'][number]) => string): void {
  for (const warning of loaded.warnings) terminal.note(`warning: ${render(warning)}`)
}
