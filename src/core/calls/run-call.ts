import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CallSettled, Events } from '../../telemetry/index.ts'
import type { McpCall, McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import type { CallRequest } from './call-request.ts'
import { driveInput } from './drive-input.ts'
import type { LogLevels } from './log-levels.ts'
import type { ParkedCalls } from './parked-calls.ts'
import type { ResolvedCall } from './resolve-call.ts'
import { describeUnavailable } from './resolve-call.ts'
import { rewriteUris } from './rewrite-uris.ts'
import { shapeResult } from './shape-result.ts'

export interface RunDeps {
  readonly events: Events
  readonly levels: LogLevels
  readonly parked: ParkedCalls
  readonly startWaitMs: number
}

const META = 'io.modelcontextprotocol/'
const MAY_ASK = new Set(['tools/call', 'prompts/get', 'resources/read'])
const URL_ELICITATION_REQUIRED = -32042

/** What a ready server said about itself; one that is just starting is waited for. Throws `server_unavailable` with state and cause. */
export async function helloOf(upstream: McpUpstream, waitMs: number): Promise<ServerHello> {
  const { status: now, id: server } = upstream
  const status = now.state === 'starting' ? await upstream.settled(waitMs) : now
  if (status.state === 'ready') return status.hello
  const reason = status.state === 'starting' ? `It did not become ready within ${waitMs} ms.` : status.reason
  const nextAttemptAt = status.state === 'backing-off' ? status.nextAttemptAt : undefined
  throw new GatewayError('server_unavailable', describeUnavailable({ server, state: status.state, reason, nextAttemptAt }), {
    details: { server, state: status.state, reason, nextAttemptAt: nextAttemptAt?.toISOString() },
    ...(nextAttemptAt ? { retryAfterMs: Math.max(nextAttemptAt.getTime() - Date.now(), 0) } : {}),
  })
}

function outcomeOf(error: unknown): CallSettled['outcome'] {
  if (error instanceof RpcError) return 'rpc-error'
  if (!(error instanceof GatewayError)) return 'failed'
  switch (error.code) {
    case 'upstream_timeout':
      return 'timeout'
    case 'server_unavailable':
    case 'unknown_server':
      return 'unavailable'
    case 'upstream_interrupted':
      return 'interrupted'
    case 'cancelled':
      return 'cancelled'
    default:
      return 'failed'
  }
}

function answeredOutcome(result: JsonText): CallSettled['outcome'] {
  return result.includes('"isError"') && readMember(result, 'isError') === 'true' ? 'tool-error' : 'answered'
}

function readClientCapability(params: JsonText | undefined, name: string): boolean {
  const meta = params && readMember(params, '_meta')
  const capabilities = meta && readMember(meta, `${META}clientCapabilities`)
  return capabilities !== undefined && readMember(capabilities, name) !== undefined
}

const CAPABILITY_OF: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

/** A modern server must hear what this very caller can do, and what it wants logged. */
function withEnvelope(params: JsonText | undefined, { clientCapabilities, logLevel }: CallRequest): JsonText {
  const object = params ?? EMPTY_OBJECT
  const meta = readMember(object, '_meta') ?? EMPTY_OBJECT
  const changes: Record<string, JsonText | undefined> = { [`${META}clientCapabilities`]: clientCapabilities ?? EMPTY_OBJECT }
  if (logLevel !== undefined) changes[`${META}logLevel`] = toJsonText(logLevel)
  return editMembers(object, { _meta: editMembers(meta, changes) })
}

function makeCall(request: CallRequest, params: JsonText | undefined, overrides: Partial<McpCall>): McpCall {
  const { method, signal, timeoutMs, onProgress, onServerRequest, onServerNotification } = request
  return {
    method,
    params,
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onProgress ? { onProgress } : {}),
    ...(onServerRequest ? { onServerRequest } : {}),
    ...(onServerNotification ? { onServerNotification } : {}),
    ...overrides,
  }
}

/** The same question in the modern form: a modern client never sees the legacy code for it. */
function urlElicitations(error: unknown): JsonText | undefined {
  if (!(error instanceof RpcError) || error.code !== URL_ELICITATION_REQUIRED || error.data === undefined) return undefined
  const data = parseJsonText(error.data)
  const list = isJsonObject(data) ? data['elicitations'] : undefined
  if (!Array.isArray(list) || list.length === 0) return undefined
  const entries = (list as readonly unknown[]).filter(isJsonObject).map(({ elicitationId: _id, ...params }, index) => [`url${index + 1}`, { method: 'elicitation/create', params }] as const)
  return toJsonText({ resultType: 'input_required', inputRequests: Object.fromEntries(entries) })
}

/** @see revision 2026-07-28: a resource that is not there is an invalid param, and says which. */
function forModernClient(error: unknown, params: JsonText | undefined): unknown {
  if (!(error instanceof RpcError) || error.code !== RPC.resourceNotFoundLegacy) return error
  const uri = params && readMember(params, 'uri')
  return new RpcError(RPC.invalidParams, error.message, uri === undefined ? error.data : (`{"uri":${uri}}` as JsonText))
}

/** Modern client, legacy server: what the server asks is parked until the client comes back. */
async function callLegacyServer(request: CallRequest, { params }: ResolvedCall, upstream: McpUpstream, { parked }: RunDeps): Promise<JsonText> {
  const clientParams = request.params ?? EMPTY_OBJECT
  if (parked.isOurs(clientParams)) return parked.resume({ ...request, params: clientParams })
  const sent = params && editMembers(params, { inputResponses: undefined, requestState: undefined })
  try {
    if (!MAY_ASK.has(request.method)) return await upstream.call(makeCall(request, params, {}))
    return await parked.start({ ...request, params: clientParams }, ({ signal, ask, current }) => {
      const onServerRequest: McpCall['onServerRequest'] = async (method, asked) => {
        const capability = CAPABILITY_OF[method]
        if (capability === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
        if (!readClientCapability(request.params, capability)) {
          throw new RpcError(RPC.methodNotFound, `The client did not declare the capability \`${capability}\`.`)
        }
        return ask(method, asked)
      }
      const onServerNotification: McpCall['onServerNotification'] = (method, noted) => current().onServerNotification?.(method, noted)
      const progress = request.onProgress ? { onProgress: (params: JsonText) => current().onProgress?.(params) } : {}
      return upstream.call(makeCall(request, sent, { signal, onServerRequest, onServerNotification, ...progress }))
    })
  } catch (error) {
    const asked = urlElicitations(error)
    if (asked !== undefined) return asked
    throw forModernClient(error, request.params)
  }
}

async function send(request: CallRequest, resolved: ResolvedCall, upstream: McpUpstream, hello: ServerHello, deps: RunDeps): Promise<JsonText> {
  if (request.era === 'modern' && hello.era === 'legacy') return callLegacyServer(request, resolved, upstream, deps)
  if (request.era === 'modern' || hello.era === 'legacy') return upstream.call(makeCall(request, resolved.params, {}))
  return driveInput({
    params: withEnvelope(resolved.params, request),
    send: (params) => upstream.call(makeCall(request, params, {})),
    ask: request.onServerRequest,
  })
}

/** Sends one resolved call, shapes its answer for the caller, and reports how it ended, exactly once. */
export async function runCall(request: CallRequest, resolved: ResolvedCall, upstream: McpUpstream, deps: RunDeps): Promise<JsonText> {
  const { view, method, era } = request
  const started = performance.now()
  const settle = (outcome: CallSettled['outcome']): void => {
    const { server, name } = resolved
    deps.events.callSettled(request.logger, { server, method, name, outcome, durationMs: performance.now() - started })
  }
  let result: JsonText
  try {
    const hello = await helloOf(upstream, deps.startWaitMs)
    if (request.logLevel !== undefined) deps.levels.want(request, request.logLevel)
    await deps.levels.apply(upstream)
    const raw = await send(request, resolved, upstream, hello, deps)
    const shaped = shapeResult(raw, { method, client: era, server: hello.era, entry: resolved.entry })
    result = view.single === undefined ? rewriteUris(shaped, method, (uri) => view.exposeUri(resolved.server, uri)) : shaped
  } catch (error) {
    settle(outcomeOf(error))
    throw error
  } finally {
    deps.levels.want(request, undefined)
  }
  settle(answeredOutcome(result))
  return result
}
