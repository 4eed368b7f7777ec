import { createGateway, readStdioView } from '../../app/index.ts'
import { renderIssue, type ConfigFlags, type LoadedConfig } from '../../config/index.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { deriveContext } from '../derive-context.ts'
import { catchStopSignals } from '../catch-stop-signals.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { createProcessLogger } from '../create-process-logger.ts'
import { loadForRunning } from '../load-for-running.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { selectorsOf, type SelectionFlags } from '../selection-flags.ts'

export interface StdioFlags extends CommonFlags, ConfigFlags, SelectionFlags {
  readonly server?: string
  readonly mode?: string
}

function checkServer(name: string | undefined, { config }: LoadedConfig): void {
  const known = config.mcpServers.map(({ id }) => String(id))
  if (name === undefined || known.includes(name)) return
  const near = nearestWord(name, known)
  throw new CliError(EXIT.notFound, 'unknown_server', `There is no MCP server \`${name}\`.`, { hint: near === undefined ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean \`${near}\`?` })
}

/**
 * `trunkline stdio` — MCP on stdin and stdout for one client, who is our parent. It opens no port, so that it can run
 * beside a gateway, and ends when the client closes stdin.
 */
export async function serveStdio(context: CommandContext, flags: StdioFlags): Promise<void> {
  const { terminal, version, environment } = context
  const { loaded, reload, preview } = await loadForRunning(context, { logLevel: 'warn', ...flags })
  noteWarnings(terminal, loaded, renderIssue)
  checkServer(flags.server, loaded)
  const view = readStdioView(loaded.config, { server: flags.server, selectors: selectorsOf(flags), mode: flags.mode })
  const logger = createProcessLogger(loaded.config.telemetry, process.stderr)
  using signals = catchStopSignals(logger)
  const gateway = await createGateway({ loaded, reload, preview, logger, version, environment, listens: false })
  const known = deriveContext({ cwd: process.cwd(), environment, allowed: loaded.config.mcp.contextEnvironment })
  const client = gateway.mcpStdio(process.stdin, process.stdout, { ...view, context: known })
  const onHangup = (): void => {
    gateway.reload().catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
  }
  await runUntilStopped({ gateway, signals, onHangup, ended: client.closed })
}
