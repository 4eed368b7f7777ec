import { type Command, Option } from 'commander'
import type { CommandContext } from './context.ts'

/** What a command may use of the process, once its flags are known. */
export type ContextOf = (command: Command) => CommandContext
/** The flags of a command with those that it inherits. */
export type FlagsOf = <Shape>(command: Command) => Shape

/** The head of a command’s help. */
export const examples = (...lines: readonly string[]): string => `Examples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`

export const documentOptions = (command: Command): Command =>
  command
    .addOption(new Option('--config <file>', 'configuration document ($TRUNKLINE_CONFIG)'))
    .addOption(new Option('--data <folder>', 'data directory ($TRUNKLINE_DATA)'))

/** For commands that talk to a running gateway. */
export const gatewayOptions = (command: Command): Command =>
  documentOptions(command)
    .addOption(new Option('--url <url>', 'the running gateway ($TRUNKLINE_URL; else from the configuration)'))
    .addOption(new Option('--key-file <file>', 'file that holds the key ($TRUNKLINE_API_KEY)'))
