import { type Command, Option } from 'commander'
import { examples, gatewayOptions, type ContextOf, type FlagsOf } from './command-options.ts'
import type { CallsFlags } from './commands/calls.ts'

/** `trunkline calls` */
export function addCalls(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  gatewayOptions(program.command('calls').description('recent calls of MCP servers, and how they ended'))
    .addOption(new Option('--server <name>', 'only of this server'))
    .addOption(new Option('--tool <name>', 'only of this tool, by its own name'))
    .addOption(new Option('--outcome <outcome>', 'only those that ended so: answered, tool-error, rpc-error, timeout, unavailable, interrupted, cancelled or failed'))
    .addOption(new Option('--class <class>', 'only those of this error class'))
    .addOption(new Option('--since <time>', 'only from then on: `15m` ago, a day, or a moment such as 2026-11-21T10:00:00Z'))
    .addOption(new Option('--limit <count>', 'how many, newest first').default('50'))
    .addHelpText('before', examples('trunkline calls', 'trunkline calls --server files --outcome timeout --since 1h', 'trunkline calls --tool read_file --json'))
    .action(async (_options, self: Command) => {
      const { listCalls } = await import('./commands/calls.ts')
      await listCalls(context(self), flagsOf<CallsFlags>(self))
    })
}
