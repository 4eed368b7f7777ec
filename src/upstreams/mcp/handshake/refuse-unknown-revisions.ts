import { RPC, type RpcError } from '../../../domain/json-rpc.ts'
import { parseJsonText } from '../../../lib/json-text.ts'
import { ConnectError } from '../connection.ts'
import { readVersions } from './read-hello.ts'
import { isLegacyVersion } from './revisions.ts'

/** A server that knows the modern era may still not serve our revision of it; then only a legacy one of its list will do. */
export function refuseUnknownRevisions(error: RpcError): void {
  if (error.code !== RPC.unsupportedProtocolVersion || error.data === undefined) return
  const versions = readVersions(parseJsonText(error.data), 'supported')
  if (versions.length === 0 || versions.some((version) => isLegacyVersion(version))) return
  const reason = `The MCP server serves only the revisions ${versions.join(', ')}, which this gateway does not know.`
  throw new ConnectError({ kind: 'fatal', reason }, { cause: error })
}
