import { createGateway } from '../../app/index.ts'
import { renderIssue, watchConfig, type ConfigFlags, type LoadedConfig } from '../../config/index.ts'
import { noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { createProcessLogger } from '../create-process-logger.ts'
import { loadForRunning } from '../load-for-running.ts'
import { writeNextSteps } from '../next-steps.ts'
import { runUntilStopped } from '../run-until-stopped.ts'

export interface ServeFlags extends CommonFlags, ConfigFlags {
  /** Print what to try; by default when a person watches. */
  readonly nextSteps?: boolean
}

function printWelcome(context: CommandContext, flags: ServeFlags, address: URL | undefined, loaded: LoadedConfig): void {
  const isWanted = flags.nextSteps ?? (context.terminal.isInteractive && loaded.config.telemetry.format !== 'json')
  if (!isWanted || address === undefined) return
  const url = address.href.replace(/\/$/, '')
  for (const line of writeNextSteps({ url, loaded, version: context.version, invocation: context.invocation })) context.terminal.note(line)
}

/** `trunkline serve` */
export async function serve(context: CommandContext, flags: ServeFlags): Promise<void> {
  const running = await loadForRunning(context, flags)
  const { loaded } = running
  noteWarnings(context.terminal, loaded, renderIssue)
  const logger = createProcessLogger(loaded.config.telemetry, process.stderr)
  let watched = loaded.watchPaths
  const reload = async (): Promise<LoadedConfig> => {
    const next = await running.reload()
    watched = next.watchPaths
    return next
  }
  const { version, environment } = context
  const gateway = await createGateway({ loaded, reload, logger, version, environment })
  const reloadNow = (): void => {
    gateway
      .reload()
      .then(() => watcher.setPaths(watched))
      .catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
  }
  await using watcher = watchConfig({
    paths: watched,
    onChange: reloadNow,
    onMissing: (path) => logger.warn({ event: 'config', path }, 'a file of the configuration is gone; what it said stays in force'),
    onTrouble: (error) => logger.warn({ event: 'config', err: error }, 'a folder of the configuration cannot be watched; it is looked at now and then'),
  })
  printWelcome(context, flags, gateway.url, loaded)
  await runUntilStopped({ gateway, logger, onHangup: reloadNow })
}
