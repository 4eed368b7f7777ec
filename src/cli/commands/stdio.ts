import { createGateway } from '../../app/index.ts'
import { renderIssue, type ConfigFlags } from '../../config/index.ts'
import { noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'
import { createProcessLogger } from '../create-process-logger.ts'
import { loadForRunning } from '../load-for-running.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { ignoreBrokenPipes } from '../terminal.ts'

export interface StdioFlags extends CommonFlags, ConfigFlags {
  readonly server?: string
}

/** `trunkline stdio` — MCP on stdin and stdout for one client, who is our parent. It ends when the client closes stdin. */
export async function serveStdio(context: CommandContext, flags: StdioFlags): Promise<void> {
  const running = await loadForRunning(context, { logLevel: 'warn', ...flags })
  noteWarnings(context.terminal, running.loaded, renderIssue)
  const logger = createProcessLogger(running.loaded.config.telemetry, process.stderr)
  ignoreBrokenPipes([process.stdout, process.stderr], () => process.kill(process.pid, 'SIGTERM'))
  const gateway = await createGateway({ loaded: running.loaded, reload: running.reload, logger, version: context.version, environment: context.environment, listens: false })
  const client = gateway.mcpStdio(process.stdin, process.stdout, flags.server)
  const onHangup = (): void => {
    gateway.reload().catch((error: unknown) => logger.error({ event: 'config', err: error }, 'the configuration could not be reloaded'))
  }
  await runUntilStopped({ gateway, logger, onHangup, ended: client.ended })
}
