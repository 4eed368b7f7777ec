import { Command, Option } from 'commander'
import type { CommandContext, CommonFlags } from './context.ts'
import type { CallFlags } from './commands/call.ts'
import type { McpoFlags } from './commands/mcpo.ts'
import type { ServeFlags } from './commands/serve.ts'
import type { PresetFlags } from './commands/presets.ts'
import type { StdioFlags } from './commands/stdio.ts'
import { addCalls } from './calls-command.ts'
import { CliError, EXIT } from './cli-error.ts'
import { documentOptions, examples, gatewayOptions, type ContextOf, type FlagsOf } from './command-options.ts'
import { addSelectionFlags } from './selection-flags.ts'
import { addInspection, addServers, addTools } from './tool-commands.ts'

/** Makes the context once the flags are known. */
export type ContextFor = (flags: { readonly json?: boolean; readonly verbose?: boolean }) => CommandContext

type Flags = Record<string, unknown>

function wholePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`--port\` to be 1–65535, got \`${text}\`.`)
}

const logOptions = (command: Command): Command =>
  command
    .addOption(new Option('--log-level <level>', 'debug, info, warn, error or silent ($TRUNKLINE_LOG_LEVEL)'))
    .addOption(new Option('--log-format <format>', 'auto, json or pretty ($TRUNKLINE_LOG_FORMAT)'))

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
  addMcpo(program, context)
  addServers(program, context, flagsOf)
  addTools(program, context, flagsOf)
  addInspection(program, context, flagsOf)
  addCall(program, context, flagsOf)
  addCalls(program, context, flagsOf)
  addPresets(program, context, flagsOf)
  addModels(program, context, flagsOf)
  addConfig(program, context, flagsOf)
  addOthers(program, context, flagsOf)
  program.addHelpText('before', examples('trunkline serve', 'trunkline call demo/add a=2 b=3'))
  return program
}

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
  addSelectionFlags(logOptions(documentOptions(program.command('stdio').description('serve MCP on stdin and stdout, for one client'))))
    .addOption(new Option('--server <name>', 'only this server, with its own tool names'))
    .addOption(new Option('--mode <mode>', 'how much of the tools is listed at once: full, lazy, search or code'))
    .addHelpText('before', examples('trunkline stdio', 'trunkline stdio --server files', 'trunkline stdio --preset coding'))
    .action(async (_options, self: Command) => {
      const { serveStdio } = await import('./commands/stdio.ts')
      await serveStdio(context(self), flagsOf<StdioFlags>(self))
    })
}

const collect = (value: string, earlier: readonly string[] | undefined): readonly string[] => [...(earlier ?? []), value]

/** The flags are mcpo’s, letters included: `-h` is the host and `-v` the version of the document. */
function addMcpo(program: Command, context: ContextOf): void {
  program
    .command('mcpo')
    .description('serve MCP servers as OpenAPI just as mcpo does, with its flags')
    .helpOption('--help', 'display help for command')
    .argument('[command...]', 'one server: a program with its arguments, or an address')
    .addOption(new Option('-h, --host <host>', 'address to listen on (default: 0.0.0.0 with a key, else 127.0.0.1)'))
    .addOption(new Option('-p, --port <port>', 'port to listen on; 0 for any').argParser(wholePort).default(8000))
    .addOption(new Option('--cors-allow-origins <origin>', 'pages that may call; again for more (default: all with a key, else none)').argParser(collect))
    .addOption(new Option('-k, --api-key <key>', 'key that callers must send'))
    .addOption(new Option('--strict-auth', 'ask for the key for documents and pages, too'))
    .addOption(new Option('-e, --env <NAME=value>', 'variable for the servers; NAME alone passes it on; again for more').argParser(collect))
    .addOption(new Option('--env-path <file>', 'file of variables for the servers'))
    .addOption(new Option('--type, --server-type <type>', 'how the one server is reached').choices(['stdio', 'sse', 'streamable-http', 'streamable_http', 'streamablehttp']).default('stdio'))
    .addOption(new Option('-c, --config <file>', 'file with `mcpServers`'))
    .addOption(new Option('-n, --name <name>', 'title of the document at the root'))
    .addOption(new Option('-d, --description <text>', 'its description'))
    .addOption(new Option('-v, --version <version>', 'its version'))
    .addOption(new Option('-t, --ssl-certfile <file>', 'not supported').hideHelp())
    .addOption(new Option('-K, --ssl-keyfile <file>', 'not supported').hideHelp())
    .addOption(new Option('--root-path <path>', 'what a proxy in front puts before the paths'))
    .addOption(new Option('--path-prefix <path>', 'what the servers of a file are below'))
    .addOption(new Option('-H, --header <json>', 'headers for the one remote server'))
    .addOption(new Option('--hot-reload', 'follow changes of the file'))
    .addOption(new Option('--log-level <level>', 'DEBUG, INFO, WARNING, ERROR or CRITICAL ($LOG_LEVEL)'))
    .addOption(new Option('--data <folder>', 'data directory ($TRUNKLINE_DATA)'))
    .addHelpText('before', examples('trunkline mcpo --port 8000 --api-key top-secret -- npx -y @modelcontextprotocol/server-memory', 'trunkline mcpo --config mcpo.json --hot-reload'))
    .action(async (command: readonly string[], _options, self: Command) => {
      const { serveMcpo } = await import('./commands/mcpo.ts')
      const { serverType, version, ...flags } = self.opts<McpoFlags & { serverType?: string; version?: string }>()
      await serveMcpo(context(self), { ...flags, type: serverType ?? flags.type, ...(version === undefined ? {} : { apiVersion: version }) }, command)
    })
}

function addCall(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  addSelectionFlags(gatewayOptions(program.command('call').description('call one tool of a running gateway')))
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

function addPresets(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const presets = program
    .command('presets')
    .description('saved selections of MCP servers')
    .addHelpText('before', examples('trunkline presets', 'trunkline presets set coding --filter repo+!slow'))
  gatewayOptions(presets.command('list', { isDefault: true }).description('each preset with the servers that it selects now'))
    .addHelpText('before', examples('trunkline presets', 'trunkline presets list --json'))
    .action(async (_options, self: Command) => {
      const { listPresets } = await import('./commands/presets.ts')
      await listPresets(context(self), flagsOf<CommonFlags>(self))
    })
  gatewayOptions(presets.command('show').description('one preset, and where clients use it').argument('<name>'))
    .addHelpText('before', examples('trunkline presets show coding', 'trunkline presets show coding --json'))
    .action(async (name: string, _options, self: Command) => {
      const { showPreset } = await import('./commands/presets.ts')
      await showPreset(context(self), name, flagsOf<CommonFlags>(self))
    })
  gatewayOptions(presets.command('set').description('make a preset, or change what one means; its clients are told').argument('<name>'))
    .addOption(new Option('--filter <expression>', 'servers whose tags fit, such as `repo+!slow`'))
    .addOption(new Option('--tags <list>', 'servers with any of these tags, with commas between'))
    .addOption(new Option('--servers <list>', 'these servers, with commas between'))
    .addOption(new Option('--description <text>', 'what it is for'))
    .addHelpText('before', examples('trunkline presets set coding --filter repo+!slow', 'trunkline presets set mail --servers imap,smtp --description "Mail only"'))
    .action(async (name: string, _options, self: Command) => {
      const { setPreset } = await import('./commands/presets.ts')
      await setPreset(context(self), name, flagsOf<PresetFlags>(self))
    })
  gatewayOptions(presets.command('remove').description('take a preset away; one of the document comes back with `config reset`').argument('<name>'))
    .addHelpText('before', examples('trunkline presets remove coding', 'trunkline presets remove coding --json'))
    .action(async (name: string, _options, self: Command) => {
      const { removePreset } = await import('./commands/presets.ts')
      await removePreset(context(self), name, flagsOf<CommonFlags>(self))
    })
}

const SWITCHES = {
  enable: ['switch a model on', { enabled: true }],
  disable: ['switch a model off: it is neither listed nor used', { enabled: false }],
  favourite: ['put a model first in lists', { favourite: true }],
  unfavourite: ['put it back among the others', { favourite: false }],
} as const

function addModels(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const models = program
    .command('models')
    .description('models of a running gateway, and what their names mean')
    .addHelpText('before', examples('trunkline models', 'trunkline models disable openai/gpt-5.1'))
  gatewayOptions(models.command('list', { isDefault: true }).description('each model, favourites first'))
    .addHelpText('before', examples('trunkline models', 'trunkline models list --json'))
    .action(async (_options, self: Command) => {
      const { listModels } = await import('./commands/models.ts')
      await listModels(context(self), flagsOf<CommonFlags>(self))
    })
  for (const [name, [description, change]] of Object.entries(SWITCHES)) {
    gatewayOptions(models.command(name).description(description).argument('<model>', 'a public model or `provider/model`'))
      .addHelpText('before', examples(`trunkline models ${name} openai/gpt-5.1`, `trunkline models ${name} big --json`))
      .action(async (model: string, _options, self: Command) => {
        const { switchModel } = await import('./commands/models.ts')
        await switchModel(context(self), model, change, flagsOf<CommonFlags>(self))
      })
  }
  gatewayOptions(models.command('resolve').description('where a name leads; by the configuration, or by a gateway with --url').argument('<model>', 'any name that a client may send'))
    .addHelpText('before', examples('trunkline models resolve claude-3-5-haiku-latest', 'trunkline models resolve big --url http://127.0.0.1:4747'))
    .action(async (model: string, _options, self: Command) => {
      const { resolveModelName } = await import('./commands/models.ts')
      await resolveModelName(context(self), model, flagsOf<CommonFlags>(self))
    })
}

function addConfig(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const config = program.command('config').description('look at the configuration, and forget switches').addHelpText('before', examples('trunkline config validate', 'trunkline config show --sources'))
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
  gatewayOptions(config.command('reset').description('forget every switch that was made at run time'))
    .addOption(new Option('--yes', 'do it; without it the switches are only shown'))
    .addHelpText('before', examples('trunkline config reset', 'trunkline config reset --yes'))
    .action(async (_options, self: Command) => {
      const { resetConfig } = await import('./commands/config-reset.ts')
      await resetConfig(context(self), flagsOf<CommonFlags & { yes?: boolean }>(self))
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
