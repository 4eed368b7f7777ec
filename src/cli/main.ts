import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { CommanderError } from 'commander'
import { nearestWord } from '../lib/nearest-word.ts'
import { CliError, EXIT } from './cli-error.ts'
import type { CommandContext } from './context.ts'
import { findInvocation } from './find-invocation.ts'
import { createProgram } from './program.ts'
import { createTerminal, ignoreBrokenPipes, type Terminal } from './terminal.ts'

export interface MainOptions {
  /** The folder that holds `package.json`. */
  readonly packageDirectory: URL
}

function readVersion(packageDirectory: URL): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageDirectory), 'utf8')) as { version: string }
  return version
}

/** Commands that serve have their own signals: they drain instead of stopping. */
const SERVING: ReadonlySet<string> = new Set(['serve', 'stdio', 'sim', 'mcpo'])

/** Aborts at SIGINT, so that a command that waits ends with its own words and with 130. */
function interruptible(argv: readonly string[]): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const command = argv.slice(2).find((word) => !word.startsWith('-'))
  if (command === undefined || SERVING.has(command)) return { signal: controller.signal, release: () => {} }
  const onInterrupt = (): void => controller.abort()
  process.once('SIGINT', onInterrupt)
  return { signal: controller.signal, release: () => void process.removeListener('SIGINT', onInterrupt) }
}

/** Commander’s own outcomes: help and version were printed, anything else is a wrong command line. */
function asUsageError(error: CommanderError, argv: readonly string[], commands: readonly string[]): CliError | undefined {
  if (error.exitCode === 0) return undefined
  const [first = ''] = argv.slice(2)
  // `serve` may be left out, so a misspelt command looks like an argument of it.
  if (error.code === 'commander.excessArguments' && !first.startsWith('-') && !commands.includes(first)) {
    const near = nearestWord(first, commands)
    return new CliError(EXIT.usage, 'unknown_command', `There is no command \`${first}\`.`, { hint: near === undefined ? 'See `trunkline --help`.' : `Did you mean \`${near}\`?` })
  }
  if (error.code === 'commander.help') return new CliError(EXIT.usage, 'usage', 'A command is missing.')
  return new CliError(EXIT.usage, error.code.replace(/^commander\./, 'usage_'), error.message.replace(/^error: /, ''))
}

/** Runs one command line. It sets the exit code and returns; what still runs keeps the process alive. */
export async function main(argv: readonly string[], { packageDirectory }: MainOptions): Promise<void> {
  const version = readVersion(packageDirectory)
  const makeTerminal = (flags: { readonly json?: boolean; readonly verbose?: boolean }): Terminal =>
    createTerminal({ stdout: process.stdout, stderr: process.stderr, json: flags.json === true, verbose: flags.verbose === true })
  let terminal = makeTerminal({ json: argv.includes('--json') })
  ignoreBrokenPipes([process.stdout, process.stderr], () => process.kill(process.pid, 'SIGTERM'))
  const { signal, release } = interruptible(argv)
  const contextFor = (flags: { readonly json?: boolean; readonly verbose?: boolean }): CommandContext => {
    terminal = makeTerminal(flags)
    return { terminal, environment: process.env, cwd: process.cwd(), homeDirectory: homedir(), version, signal, invocation: findInvocation(argv, process.env, process.cwd()) }
  }
  const program = createProgram(version, contextFor)
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride()
    command.configureOutput({ outputError: () => {} })
  }
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    const failure = error instanceof CommanderError ? asUsageError(error, argv, program.commands.map((command) => command.name())) : error
    if (failure === undefined) return
    const { reportError } = await import('./report-error.ts')
    process.exitCode = reportError(failure, terminal)
  } finally {
    release()
  }
}
