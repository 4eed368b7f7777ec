import { createProviderSimulator } from '../../../sim/index.ts'
import { catchStopSignals } from '../catch-stop-signals.ts'
import { createProcessLogger } from '../create-process-logger.ts'
import type { CommandContext } from '../context.ts'
import { runUntilStopped } from '../run-until-stopped.ts'

/** `trunkline sim` — stdout gets the address as soon as it is open, so that a script can wait for it. */
export async function simulate({ terminal }: CommandContext, port: number): Promise<void> {
  const logger = createProcessLogger({ level: 'info', format: 'auto' }, process.stderr)
  using signals = catchStopSignals(logger)
  const simulator = await createProviderSimulator({ port })
  if (terminal.json) terminal.printJson({ url: simulator.url, origin: simulator.origin })
  else {
    terminal.print(simulator.url)
    terminal.note(`Use it as a provider of kind openai, openai-compatible or anthropic-compatible with baseUrl "${simulator.url}",`)
    terminal.note(`google with "${simulator.origin}/v1beta", ollama with "${simulator.origin}". Ctrl-C stops it.`)
  }
  await runUntilStopped({
    gateway: { drain: () => Promise.resolve(), [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose]() },
    signals,
    onHangup: () => logger.info({ event: 'hangup' }, 'the simulator has nothing to reload'),
  })
}
