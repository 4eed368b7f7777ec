import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { RPC, RpcError, type RpcRequest } from '../../domain/json-rpc.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { CallRequest, Calls } from '../calls/index.ts'
import type { CatalogView } from '../catalog/index.ts'
import type { CodeMode } from '../code-mode/index.ts'
import { discloseCall, type ToolSearch } from '../disclosure/index.ts'
import type { Principal } from '../identity/index.ts'
import type { McpLogLevel } from '../sessions/index.ts'
import type { ClientChannel } from './client-channel.ts'
import { LIST_KINDS, listResult } from './list-results.ts'
import { asLogLevel, isWanted } from './log-messages.ts'
import { noCodeMode } from './no-code-mode.ts'
import { readProgressToken, restoreToken } from './progress.ts'
import { META, MODERN_VERSIONS } from './revisions.ts'
import { writeNotification, type ResultText } from './write-message.ts'

export interface ModernRequest {
  readonly request: RpcRequest
  readonly view: CatalogView
  /** What the client may see now, also when the request is long over. */
  readonly newestView: () => CatalogView
  /** How much of the tools the client is shown. */
  readonly mode: DisclosureMode
  readonly principal: Principal
  readonly channel: ClientChannel
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly calls: Calls
  /** Runs scripts of clients in `code` mode; they are refused without it. */
  readonly codeMode: CodeMode | undefined
  /** Finds tools; by words alone without it. */
  readonly search: ToolSearch | undefined
  readonly serverInfo: JsonText
}

/** Methods of older revisions; a server of whatever era behind us never sees them from a modern client. */
const REMOVED = new Set(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'tasks/result', 'tasks/list'])

function discover(view: CatalogView, serverInfo: JsonText): JsonText {
  const instructions = view.instructions === undefined ? {} : { instructions: view.instructions }
  const result = toJsonText({ resultType: 'complete', supportedVersions: [...MODERN_VERSIONS], capabilities: view.capabilities('modern'), ...instructions, ttlMs: 0, cacheScope: 'private' })
  return `${result.slice(0, -1)},"_meta":{"${META.serverInfo}":${serverInfo}}}` as JsonText
}

function readLogLevel(params: JsonText | undefined): McpLogLevel | undefined {
  const meta = params?.includes(META.logLevel) ? readMember(params, '_meta') : undefined
  const text = meta && readMember(meta, META.logLevel)
  if (text === undefined) return undefined
  const level = asLogLevel(parseJsonText(text))
  if (level === undefined) throw new RpcError(RPC.invalidParams, `Expected \`_meta["${META.logLevel}"]\` to be a log level, got ${text}.`)
  return level
}

/** The result of a request of a modern client. It depends on the request alone: there is no session. */
export async function serveModern(modern: ModernRequest): Promise<ResultText> {
  const { request, view, mode, calls, codeMode, search, signal, serverInfo } = modern
  const { method, params } = request
  if (REMOVED.has(method)) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
  if (method === 'server/discover') return discover(view, serverInfo)
  const kind = LIST_KINDS[method]
  if (kind) return listResult({ view, kind, mode, era: 'modern', params, serverInfo })
  const disclosed = method === 'tools/call' ? await discloseCall({ view, mode, era: 'modern', params, search, signal }) : undefined
  if (disclosed?.kind === 'answer') return disclosed.result
  if (disclosed?.kind !== 'code') return calls.call(toCallRequest(modern, disclosed ? disclosed.params : params))
  if (!codeMode) throw noCodeMode()
  const { tool, given } = disclosed
  return codeMode.answer({ tool, given, request: toCallRequest(modern, params), view: modern.newestView })
}

function toCallRequest({ request: { method }, view, principal, channel, signal, logger }: ModernRequest, params: JsonText | undefined): CallRequest {
  const token = readProgressToken(params)
  const logLevel = readLogLevel(params)
  return {
    view,
    principal,
    method,
    params,
    era: 'modern',
    signal,
    logger,
    requestId: channel.requestId,
    logLevel,
    onServerNotification: (name, noted) => {
      if (signal.aborted) return
      if (name === 'notifications/message' && (logLevel === undefined || !isWanted(noted, logLevel))) return
      channel.send(writeNotification(name, noted))
    },
    ...(token === undefined
      ? {}
      : { onProgress: (progress) => void channel.send(writeNotification('notifications/progress', restoreToken(progress, token))) }),
  }
}
