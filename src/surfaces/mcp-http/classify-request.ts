import { RPC, RpcError, type RpcId, type RpcMessage, type RpcNotification, type RpcRequest } from '../../domain/json-rpc.ts'
import { parseJsonText, readMember } from '../../lib/json-text.ts'
import { isModernVersion, META, readEnvelope, refuseVersion, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import { decodeHeaderValue } from './header-values.ts'

/** The headers of a POST that say what its body must say too. */
export interface McpHeaders {
  readonly protocolVersion: string | undefined
  readonly method: string | undefined
  readonly name: string | undefined
}

/** What a POST is. It is decided once; whoever serves it does not look at eras again. */
export type Classified =
  | { readonly kind: 'legacy' }
  | { readonly kind: 'modern'; readonly request: RpcRequest }
  /** Answered with 202, and passed on where it is for one server. */
  | { readonly kind: 'modern-notification'; readonly notification: RpcNotification }
  /** Answered with HTTP 400. */
  | { readonly kind: 'refused'; readonly id: RpcId | null; readonly error: RpcError }

const LEGACY: Classified = { kind: 'legacy' }

/** The member of the params that `Mcp-Name` repeats. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

function mismatch(header: string, found: string | undefined, expected: string): RpcError {
  const seen = found === undefined ? 'it is missing' : `it is \`${found}\``
  return new RpcError(RPC.headerMismatch, `Header mismatch: expected \`${header}\` to be \`${expected}\` as in the body, but ${seen}.`)
}

function checkName({ method, params }: RpcRequest, header: string | undefined): RpcError | undefined {
  const key = NAMED_BY[method]
  const text = key === undefined || params === undefined ? undefined : readMember(params, key)
  const name = text === undefined ? undefined : parseJsonText(text)
  if (typeof name !== 'string') return undefined
  const decoded = header === undefined ? undefined : decodeHeaderValue(header)
  return decoded === name ? undefined : mismatch('Mcp-Name', header, name)
}

/** Problems of a request that claims to be modern, in the order in which they are told. */
function checkHeaders(request: RpcRequest, version: string, headers: McpHeaders): RpcError | undefined {
  if (headers.protocolVersion !== version) return mismatch('MCP-Protocol-Version', headers.protocolVersion, version)
  const refused = refuseVersion(version)
  if (refused) return refused
  if (headers.method !== request.method) return mismatch('Mcp-Method', headers.method, request.method)
  return checkName(request, headers.name)
}

function classifyClaimless(request: RpcRequest, headers: McpHeaders): Classified {
  if (headers.protocolVersion === undefined || !isModernVersion(headers.protocolVersion)) return LEGACY
  const error =
    request.method === 'initialize'
      ? new RpcError(RPC.headerMismatch, `\`initialize\` does not exist in ${headers.protocolVersion}, which the header MCP-Protocol-Version names.`)
      : new RpcError(RPC.invalidParams, `Expected \`_meta["${META.protocolVersion}"]\` and \`_meta["${META.clientCapabilities}"]\` in the params.`)
  return { kind: 'refused', id: request.id, error }
}

function claims(message: RpcMessage): boolean {
  return message.kind === 'request' && readEnvelope(message.params).kind !== 'none'
}

/** @see revision 2026-07-28, Streamable HTTP; which era a request belongs to is told by its envelope and never by guessing from its method. */
export function classifyRequest({ isBatch, messages }: ReadMessages, headers: McpHeaders): Classified {
  if (isBatch) {
    if (!messages.some(claims)) return LEGACY
    return { kind: 'refused', id: null, error: new RpcError(RPC.invalidRequest, 'Requests of this protocol version are sent one at a time.') }
  }
  const message = messages[0]
  if (message?.kind === 'notification') {
    const isModern = headers.protocolVersion !== undefined && isModernVersion(headers.protocolVersion)
    return isModern ? { kind: 'modern-notification', notification: message } : LEGACY
  }
  if (message?.kind !== 'request') return LEGACY
  const envelope = readEnvelope(message.params)
  if (envelope.kind === 'none') return classifyClaimless(message, headers)
  const error = envelope.kind === 'invalid' ? envelope.error : checkHeaders(message, envelope.version, headers)
  return error ? { kind: 'refused', id: message.id, error } : { kind: 'modern', request: message }
}
