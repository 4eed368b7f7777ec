import { createGateway } from '../app/index.ts'
import { watchConfig, type ConfigWatcher, type LoadedConfig } from '../config/index.ts'
import { catchStopSignals } from './catch-stop-signals.ts'
import type { CommandContext } from './context.ts'
import { createProcessLogger } from './create-process-logger.ts'
import type { RunnableConfig } from './load-for-running.ts'
import { runUntilStopped } from './run-until-stopped.ts'

export interface RunGatewayOptions {
  /** Reload by itself when a file of the configuration changes; SIGHUP always reloads. */
  readonly watches: boolean
  readonly onListening: (address: URL | undefined) => void
}

/** Serves a configuration until the process is told to stop. */
export async function runGateway(context: CommandContext, running: RunnableConfig, { watches, onListening }: RunGatewayOptions): Promise<void> {
  const { loaded } = running
  const logger = createProcessLogger(loaded.config.telemetry, process.stderr)
  using signals = catchStopSignals(logger)
  let watched = loaded.watchPaths
  const reload = async (): Promise<LoadedConfig> => {
    const next = await running.reload()
    watched = next.watchPaths
    return next
  }
  const { version, environment } = context
  const gateway = await createGateway({ loaded, reload, preview: running.preview, logger, version, environment })
  let watcher: ConfigWatcher | undefined
  const reloadNow = (): void => {
    gateway
      .reload()
      .then(() => watcher?.setPaths(watched))
      .catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
  }
  await using opened = new AsyncDisposableStack()
  if (watches) {
    watcher = opened.use(
      watchConfig({
        paths: watched,
        onChange: reloadNow,
        onMissing: (path) => logger.warn({ event: 'config', path }, 'a file of the configuration is gone; what it said stays in force'),
        onTrouble: (error) => logger.warn({ event: 'config', err: error }, 'a folder of the configuration cannot be watched; it is looked at now and then'),
      }),
    )
  }
  onListening(gateway.url)
  await runUntilStopped({ gateway, signals, onHangup: reloadNow })
}
