import { GatewayError } from '../../../../domain/errors.ts'
import { nearestWord } from '../../../../lib/nearest-word.ts'
import type { ManagedServer, ManagePort } from './manage-port.ts'

/** Throws `unknown_server`, with the name that was probably meant. */
export function findServer(port: ManagePort, id: string): ManagedServer {
  const servers = port.servers()
  const found = servers.find((candidate) => candidate.id === id)
  if (found) return found
  const near = nearestWord(id, servers.map((server) => server.id))
  throw new GatewayError('unknown_server', `There is no MCP server \`${id.slice(0, 80)}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`)
}

/** The same for a server that is to be changed: those that change others are the operator’s alone. */
export function findChangeable(port: ManagePort, id: string): ManagedServer {
  const found = findServer(port, id)
  if (found.written['builtin'] === 'manage') throw new GatewayError('forbidden', `\`${id}\` is a server that manages others, and is only changed by the operator: in the configuration document, or with \`trunkline servers\`.`)
  return found
}
