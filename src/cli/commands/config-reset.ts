import { stringify } from 'yaml'
import { createOverlayFile, findDataDirectory } from '../../config/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import { configOptions, type CommandContext, type CommonFlags } from '../context.ts'

const TIMEOUT_MS = 10_000

/** A running gateway keeps its switches when their file disappears, so it is asked to load. Nobody there is no failure. */
async function tellGateway(context: CommandContext, flags: CommonFlags): Promise<string> {
  try {
    const client = await connectToGateway(context, flags)
    await client.send({ method: 'POST', path: '/_meta/config/reload', timeoutMs: TIMEOUT_MS })
    return `The gateway at ${client.url} has loaded the configuration without them.`
  } catch (error) {
    // The switches are gone by now, whatever is wrong with the rest.
    if (error instanceof GatewayError) return `No running gateway was told: ${error.message}`
    if (!(error instanceof CliError) || error.exitCode === EXIT.interrupted) throw error
    return error.exitCode === EXIT.unreachable
      ? 'No running gateway was found; one that runs elsewhere forgets them when it loads its configuration again.'
      : `The running gateway did not load its configuration again: ${error.message}`
  }
}

/** `trunkline config reset --yes` — works also when the configuration cannot be loaded, since a switch may be the reason. */
export async function resetConfig(context: CommandContext, flags: CommonFlags & { readonly yes?: boolean }): Promise<void> {
  const { terminal } = context
  const overlay = createOverlayFile(findDataDirectory(configOptions(context, flags)).path)
  if (flags.yes !== true) {
    const values = overlay.peek()
    if (values !== undefined) terminal.note(stringify(values).trimEnd())
    throw new CliError(EXIT.usage, 'not_confirmed', values === undefined ? `There are no switches in ${overlay.path}.` : `These switches in ${overlay.path} would be forgotten.`, { hint: 'Confirm with `--yes`.' })
  }
  const wasThere = await overlay.exclusive(async () => overlay.remove())
  const note = wasThere ? await tellGateway(context, flags) : undefined
  if (terminal.json) return terminal.printJson({ file: overlay.path, removed: wasThere, ...(note === undefined ? {} : { note }) })
  terminal.print(wasThere ? `${overlay.path} is removed.` : `There is no ${overlay.path}; nothing was to be removed.`)
  if (note !== undefined) terminal.note(note)
}
