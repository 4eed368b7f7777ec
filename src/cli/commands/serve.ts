import { createGateway, type Gateway } from '../../app/index.ts'
import { renderIssue, watchConfig, type ConfigFlags, type LoadedConfig } from '../../config/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import { noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { createProcessLogger } from '../create-process-logger.ts'
import { loadForRunning } from '../load-for-running.ts'
import { writeNextSteps } from '../next-steps.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { ignoreBrokenPipes } from '../terminal.ts'

export interface ServeFlags extends CommonFlags, ConfigFlags {
  /** Print what to try; by default when a person watches. */
  readonly nextSteps?: boolean
}

/** Reloads of the watcher, of SIGHUP and of nobody else; a failed one is logged by the gateway and changes nothing. */
function createReloader(gateway: Gateway, logger: Logger): () => void {
  return () => {
    gateway.reload().catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
  }
}

function printWelcome(context: CommandContext, flags: ServeFlags, gateway: Gateway, loaded: LoadedConfig): void {
  const isWanted = flags.nextSteps ?? (context.terminal.isInteractive && loaded.config.telemetry.format !== 'json')
  if (!isWanted) return
  const url = (gateway.url?.href ?? '').replace(/\/$/, '')
  for (const line of writeNextSteps({ url, loaded, version: context.version, invocation: context.invocation })) context.terminal.note(line)
}

/** `trunkline serve` */
export async function serve(context: CommandContext, flags: ServeFlags): Promise<void> {
  const running = await loadForRunning(context, flags)
  const { loaded } = running
  noteWarnings(context.terminal, loaded, renderIssue)
  const logger = createProcessLogger(loaded.config.telemetry, process.stderr)
  let watched: readonly string[] = loaded.watchPaths
  const reload = async (): Promise<LoadedConfig> => {
    const next = await running.reload()
    watched = next.watchPaths
    return next
  }
  const gateway = await createGateway({ loaded, reload, logger, version: context.version, environment: context.environment })
  const reloadNow = createReloader(gateway, logger)
  await using watcher = watchConfig({
    paths: watched,
    onChange: () => {
      gateway
        .reload()
        .then(() => watcher.setPaths(watched))
        .catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
    },
    onMissing: (path) => logger.warn({ event: 'config', path }, 'a file of the configuration is gone; what it said stays in force'),
    onTrouble: (error) => logger.warn({ event: 'config', err: error }, 'a folder of the configuration cannot be watched; it is looked at now and then'),
  })
  ignoreBrokenPipes([process.stdout, process.stderr], () => process.kill(process.pid, 'SIGTERM'))
  printWelcome(context, flags, gateway, loaded)
  await runUntilStopped({ gateway, logger, onHangup: reloadNow })
}
