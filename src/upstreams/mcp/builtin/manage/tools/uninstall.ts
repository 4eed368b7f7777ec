import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import { defineTool, REPLACES } from '../define-tool.ts'
import { findServer } from '../find-server.ts'
import type { ManagedServer, ManagePort } from '../manage-port.ts'
import { OUTCOME_OUTPUT, tellOutcome } from '../tell-outcome.ts'
import { serverId } from './connection-input.ts'

/** Throws for a server that the operator wrote: that is taken back where it was written. */
export function findInstalled(port: ManagePort, id: string): ManagedServer {
  const found = findServer(port, id)
  if (found.source === 'installed') return found
  const where = found.source === 'document' ? 'is written in the configuration document' : 'is always there without a document'
  throw new GatewayError('forbidden', `\`${id}\` ${where}, so it is not installed or updated from here. \`disable\` switches it off.`)
}

export const uninstall = defineTool(
  {
    name: 'uninstall',
    title: 'Uninstall a server',
    description: 'Takes away an MCP server that was installed at run time, with everything that was set for it. Servers of the configuration document are only switched off, with `disable`.',
    input: { server: serverId },
    output: { server: z.string(), ...OUTCOME_OUTPUT },
    annotations: REPLACES,
  },
  async ({ server }, { port }) => {
    findInstalled(port, server)
    return tellOutcome(await port.apply({ kind: 'reinstall', server, entry: undefined }), `Uninstalled \`${server}\`.`, { server })
  },
)
