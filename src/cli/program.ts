import { Command, Option } from 'commander'
import type { CommandContext, CommonFlags } from './context.ts'
import type { CallFlags } from './commands/call.ts'
import type { ServeFlags } from './commands/serve.ts'
import type { StdioFlags } from './commands/stdio.ts'
import { CliError, EXIT } from './cli-error.ts'

/** Makes the context once the flags are known. */
export type ContextFor = (flags: { readonly json?: boolean; readonly verbose?: boolean }) => CommandContext

type Flags = Record<string, unknown>

function wholePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`--port\` to be 1–65535, got \`${text}\`.`)
}

const examples = (...lines: readonly string[]): string => `Examples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`

const documentOptions = (command: Command): Command =>
  command
    .addOption(new Option('--config <file>', 'configuration document ($TRUNKLINE_CONFIG)'))
    .addOption(new Option('--data <folder>', 'data directory ($TRUNKLINE_DATA)'))

const logOptions = (command: Command): Command =>
  command
    .addOption(new Option('--log-level <level>', 'debug, info, warn, error or silent ($TRUNKLINE_LOG_LEVEL)'))
    .addOption(new Option('--log-format <format>', 'auto, json or pretty ($TRUNKLINE_LOG_FORMAT)'))

const gatewayOptions = (command: Command): Command =>
  documentOptions(command)
    .addOption(new Option('--url <url>', 'the running gateway ($TRUNKLINE_URL; else from the configuration)'))
    .addOption(new Option('--key-file <file>', 'file that holds the key ($TRUNKLINE_API_KEY)'))

/** The tree of commands. Each one’s code is loaded when it runs, so that starting costs only what is used. */
export function createProgram(version: string, contextFor: ContextFor): Command {
  const program = new Command('trunkline')
  const context = (command: Command): CommandContext => contextFor(command.optsWithGlobals())
  const flagsOf = <Shape>(command: Command): Shape => command.optsWithGlobals<Flags>() as Shape

  program
    .description('One gateway between AI clients and the models and MCP tools they call.')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'only JSON on stdout; the last line of stderr is the error as JSON')
    .option('--verbose', 'say more when something fails')
    .configureHelp({ sortOptions: true, showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .enablePositionalOptions(false)

  addServe(program, context, flagsOf)
  addStdio(program, context, flagsOf)
  addGatewayCommands(program, context, flagsOf)
  addConfig(program, context, flagsOf)
  addOthers(program, context, flagsOf)
  program.addHelpText('before', examples('trunkline serve', 'trunkline call demo/add a=2 b=3'))
  return program
}

type ContextOf = (command: Command) => CommandContext
type FlagsOf = <Shape>(command: Command) => Shape

function addServe(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const command = program.command('serve', { isDefault: true }).description('start the gateway and keep it running')
  logOptions(documentOptions(command))
    .addOption(new Option('--host <host>', 'address to listen on ($TRUNKLINE_HOST)'))
    .addOption(new Option('--port <port>', 'port to listen on; 0 for any ($TRUNKLINE_PORT)').argParser(wholePort))
    .addOption(new Option('--next-steps', 'print what to try (default: when stderr is a terminal)'))
    .addOption(new Option('--no-next-steps', 'do not').hideHelp())
    .addHelpText('before', examples('trunkline serve', 'trunkline serve --config team.yaml --port 5000'))
    .action(async (_options, self: Command) => {
      const { nextSteps, ...flags } = flagsOf<ServeFlags>(self)
      const isGiven = self.getOptionValueSource('nextSteps') === 'cli'
      const { serve } = await import('./commands/serve.ts')
      await serve(context(self), isGiven && nextSteps !== undefined ? { ...flags, nextSteps } : flags)
    })
}

function addStdio(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  logOptions(documentOptions(program.command('stdio').description('serve MCP on stdin and stdout, for one client')))
    .addOption(new Option('--server <name>', 'only this server, with its own tool names'))
    .addHelpText('before', examples('trunkline stdio', 'trunkline stdio --server files'))
    .action(async (_options, self: Command) => {
      const { serveStdio } = await import('./commands/stdio.ts')
      await serveStdio(context(self), flagsOf<StdioFlags>(self))
    })
}

function addGatewayCommands(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const servers = program
    .command('servers')
    .description('MCP servers of a running gateway')
    .addHelpText('before', examples('trunkline servers', 'trunkline servers list --json'))
  gatewayOptions(servers.command('list', { isDefault: true }).description('each server with its state and the reason'))
    .addHelpText('before', examples('trunkline servers', 'trunkline servers list --json'))
    .action(async (_options, self: Command) => {
      const { listServers } = await import('./commands/servers.ts')
      await listServers(context(self), flagsOf<CommonFlags>(self))
    })

  const tools = program
    .command('tools')
    .description('tools of a running gateway')
    .addHelpText('before', examples('trunkline tools', 'trunkline tools list everything --json'))
  gatewayOptions(tools.command('list', { isDefault: true }).description('each tool with its arguments').argument('[server]', 'only of this server'))
    .addHelpText('before', examples('trunkline tools', 'trunkline tools list everything --json'))
    .action(async (server: string | undefined, _options, self: Command) => {
      const { listTools } = await import('./commands/tools.ts')
      await listTools(context(self), server, flagsOf<CommonFlags>(self))
    })

  gatewayOptions(program.command('call').description('call one tool of a running gateway'))
    .argument('<server/tool>', 'the tool, by its server and its own name')
    .argument('[name=value...]', 'arguments, read as the types of the tool’s schema')
    .addOption(new Option('--args-json <json>', 'arguments as one JSON object'))
    .addOption(new Option('--timeout <duration>', 'how long to wait').default('60s'))
    .addHelpText('before', examples('trunkline call demo/add a=2 b=3', `trunkline call files/read_file --args-json '{"path":"/tmp/a"}'`))
    .action(async (name: string, pairs: readonly string[], _options, self: Command) => {
      const { callTool } = await import('./commands/call.ts')
      await callTool(context(self), name, pairs, flagsOf<CallFlags>(self))
    })
}

function addConfig(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const config = program.command('config').description('look at the configuration').addHelpText('before', examples('trunkline config validate', 'trunkline config show --sources'))
  documentOptions(config.command('validate').description('check the configuration; 2 when it is wrong'))
    .addHelpText('before', examples('trunkline config validate', 'trunkline config validate --config team.yaml --json'))
    .action(async (_options, self: Command) => {
      const { validateConfig } = await import('./commands/config.ts')
      validateConfig(context(self), flagsOf<CommonFlags>(self))
    })
  documentOptions(config.command('show').description('the configuration as it is used, secrets masked'))
    .addOption(new Option('--sources', 'the layer that each value came from'))
    .addHelpText('before', examples('trunkline config show', 'trunkline config show --sources'))
    .action(async (_options, self: Command) => {
      const { showConfig } = await import('./commands/config.ts')
      showConfig(context(self), flagsOf<CommonFlags & { sources?: boolean }>(self))
    })
  config
    .command('schema')
    .description('the JSON Schema of the document')
    .addHelpText('before', examples('trunkline config schema', 'trunkline config schema > trunkline.schema.json'))
    .action(async (_options, self: Command) => {
      const { printConfigSchema } = await import('./commands/config.ts')
      printConfigSchema(context(self))
    })
}

function addOthers(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  documentOptions(program.command('doctor').description('look for what would keep the gateway from working; 9 when something does'))
    .addHelpText('before', examples('trunkline doctor', 'trunkline doctor --json'))
    .action(async (_options, self: Command) => {
      const { runDoctor } = await import('./commands/doctor.ts')
      await runDoctor(context(self), flagsOf<CommonFlags>(self))
    })
  program
    .command('sim')
    .description('start the provider simulator, for tests without a provider')
    .addOption(new Option('--port <port>', 'port to listen on; 0 for any').argParser(wholePort).default(0))
    .addHelpText('before', examples('trunkline sim', 'trunkline sim --port 4800'))
    .action(async (_options, self: Command) => {
      const { simulate } = await import('./commands/sim.ts')
      await simulate(context(self), flagsOf<{ port: number }>(self).port)
    })
  program
    .command('version')
    .description('print the version')
    .addHelpText('before', examples('trunkline version', 'trunkline version --json'))
    .action(async (_options, self: Command) => {
      const { printVersion } = await import('./commands/version.ts')
      printVersion(context(self))
    })
}
