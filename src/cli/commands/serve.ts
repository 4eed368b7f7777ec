import { renderIssue, type ConfigFlags, type LoadedConfig } from '../../config/index.ts'
import { noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { loadForRunning } from '../load-for-running.ts'
import { writeNextSteps } from '../next-steps.ts'
import { runGateway } from '../run-gateway.ts'

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
  await runGateway(context, running, { watches: true, onListening: (address) => printWelcome(context, flags, address, loaded) })
}
