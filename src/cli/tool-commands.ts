import { type Command, Option } from 'commander'
import { CliError, EXIT } from './cli-error.ts'
import { examples, gatewayOptions, type ContextOf, type FlagsOf } from './command-options.ts'
import type { ToolFlags } from './commands/change-tool.ts'
import type { CommonFlags } from './context.ts'
import { addSelectionFlags, type SelectionFlags } from './selection-flags.ts'

const NAME = '<server/tool>'

/** Commands that change one tool, with what they say of themselves. `<text>` is what the command takes beside the tool. */
const CHANGES = {
  enable: ['switch a tool on', undefined, 'files/write_file'],
  disable: ['switch a tool off: nobody sees or calls it', undefined, 'files/write_file'],
  hide: ['take a tool out of all lists; who knows its name may call it', undefined, 'files/write_file'],
  show: ['put a hidden tool back into lists', undefined, 'files/write_file'],
  rename: ['give a tool another name', '<name>', 'files/write_file save'],
  describe: ['give a tool another description', '<text>', 'files/write_file "Saves a text in a file."'],
  reset: ['take back everything that was switched of a tool at run time', undefined, 'files/write_file'],
} as const

export type ToolVerb = keyof typeof CHANGES

function addChange(tools: Command, verb: ToolVerb, context: ContextOf, flagsOf: FlagsOf): void {
  const [description, takes, example] = CHANGES[verb]
  const command = gatewayOptions(tools.command(verb).description(description).argument(NAME, 'the tool, by its server and its own name'))
  if (takes !== undefined) command.argument(takes)
  command.addHelpText('before', examples(`trunkline tools ${verb} ${example}`, `trunkline tools ${verb} ${example} --json`)).action(async (...given: readonly unknown[]) => {
    const self = given.at(-1) as Command
    const [name = '', text] = self.args
    const { changeTool } = await import('./commands/change-tool.ts')
    await changeTool(context(self), { verb, name, text }, flagsOf<CommonFlags>(self))
  })
}

function addApprovals(tools: Command, context: ContextOf, flagsOf: FlagsOf): void {
  gatewayOptions(tools.command('changes').description('tools whose definition changed after it was approved, and how'))
    .addHelpText('before', examples('trunkline tools changes', 'trunkline tools changes --json'))
    .action(async (_options, self: Command) => {
      const { showToolChanges } = await import('./commands/tool-changes.ts')
      await showToolChanges(context(self), flagsOf<CommonFlags>(self))
    })
  gatewayOptions(tools.command('approve').description('approve the definition that a tool has now').argument('[server/tool]', 'the tool, by its server and its own name'))
    .addOption(new Option('--all', 'every tool that changed'))
    .addHelpText('before', examples('trunkline tools approve files/write_file', 'trunkline tools approve --all'))
    .action(async (name: string | undefined, _options, self: Command) => {
      const { approveTools } = await import('./commands/tool-changes.ts')
      await approveTools(context(self), name, flagsOf<ToolFlags & { all?: boolean }>(self))
    })
}

function addList(tools: Command, context: ContextOf, flagsOf: FlagsOf): void {
  addSelectionFlags(gatewayOptions(tools.command('list', { isDefault: true }).description('each tool with its arguments').argument('[server]', 'only of this server')))
    .addOption(new Option('--cost', 'the tokens that the list costs a model, by mode, server and preset'))
    .addOption(new Option('--tokens', 'about how many tokens each tool costs a model'))
    .addOption(new Option('--state', 'also tools that nobody sees: disabled, hidden, held back'))
    .addHelpText('before', examples('trunkline tools', 'trunkline tools list everything --json', 'trunkline tools --tag-filter web+!slow', 'trunkline tools --tokens', 'trunkline tools --state'))
    .action(async (server: string | undefined, _options, self: Command) => {
      const { cost, state, ...flags } = flagsOf<CommonFlags & SelectionFlags & { cost?: boolean; state?: boolean; tokens?: boolean }>(self)
      if (cost) {
        if (server !== undefined) throw new CliError(EXIT.usage, 'invalid_argument', 'Expected `--cost` without a server: it lists every one.')
        const { showToolCosts } = await import('./commands/tool-costs.ts')
        return showToolCosts(context(self), flags)
      }
      if (state) {
        const { listToolStates } = await import('./commands/tool-states.ts')
        return listToolStates(context(self), server, flags)
      }
      const { listTools } = await import('./commands/tools.ts')
      await listTools(context(self), server, flags)
    })
}

/** `trunkline tools …` */
export function addTools(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const tools = program
    .command('tools')
    .description('tools of a running gateway, and their switches')
    .addHelpText('before', examples('trunkline tools', 'trunkline tools disable files/write_file'))
  addList(tools, context, flagsOf)
  for (const verb of Object.keys(CHANGES) as ToolVerb[]) addChange(tools, verb, context, flagsOf)
  addApprovals(tools, context, flagsOf)
}

/** `trunkline servers …` */
export function addServers(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  const servers = program
    .command('servers')
    .description('MCP servers of a running gateway')
    .addHelpText('before', examples('trunkline servers', 'trunkline servers disable files'))
  gatewayOptions(servers.command('list', { isDefault: true }).description('each server with its state and the reason'))
    .addHelpText('before', examples('trunkline servers', 'trunkline servers list --json'))
    .action(async (_options, self: Command) => {
      const { listServers } = await import('./commands/servers.ts')
      await listServers(context(self), flagsOf<CommonFlags>(self))
    })
  for (const [verb, description] of [['enable', 'switch a server on'], ['disable', 'switch a server off: it is stopped, and its tools are gone']] as const) {
    gatewayOptions(servers.command(verb).description(description).argument('<server>'))
      .addHelpText('before', examples(`trunkline servers ${verb} files`, `trunkline servers ${verb} files --json`))
      .action(async (server: string, _options, self: Command) => {
        const { switchServer } = await import('./commands/servers.ts')
        await switchServer(context(self), server, verb === 'enable', flagsOf<CommonFlags>(self))
      })
  }
}

/** `trunkline inspect` and `trunkline instructions` */
export function addInspection(program: Command, context: ContextOf, flagsOf: FlagsOf): void {
  addSelectionFlags(gatewayOptions(program.command('inspect').description('what is known of servers, one server, or one tool; nothing is started').argument('[server[/tool]]')))
    .addHelpText('before', examples('trunkline inspect', 'trunkline inspect files', 'trunkline inspect files/read_file --json'))
    .action(async (name: string | undefined, _options, self: Command) => {
      const { inspect } = await import('./commands/inspect.ts')
      await inspect(context(self), name, flagsOf<CommonFlags & SelectionFlags>(self))
    })
  addSelectionFlags(gatewayOptions(program.command('instructions').description('what clients are told about the servers').argument('[server]', 'only of this server')))
    .addHelpText('before', examples('trunkline instructions', 'trunkline instructions --preset coding'))
    .action(async (server: string | undefined, _options, self: Command) => {
      const { showInstructions } = await import('./commands/instructions.ts')
      await showInstructions(context(self), server, flagsOf<CommonFlags & SelectionFlags>(self))
    })
}
