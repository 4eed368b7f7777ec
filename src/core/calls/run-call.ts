import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { ServerSettings } from '../../domain/server-settings.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import { serverBehind, serverOf } from '../catalog/index.ts'
import type { Sampling } from '../sampling/index.ts'
import { answerSampling } from './answer-sampling.ts'
import type { Bridge } from './bridge.ts'
import type { CallPlaces } from './call-places.ts'
import { callLegacyServer } from './call-legacy-server.ts'
import { callModernServer } from './call-modern-server.ts'
import type { CallRequest } from './call-request.ts'
import { coalesceProgress } from './coalesce-progress.ts'
import { fitRevision } from './fit-revision.ts'
import { limitResult } from './limit-result.ts'
import type { LogLevels } from './log-levels.ts'
import type { ParkedCalls } from './parked-calls.ts'
import type { ResolvedCall } from './resolve-call.ts'
import { describeUnavailable } from './resolve-call.ts'
import { repeatCall } from './retry-call.ts'
import { rewriteUris } from './rewrite-uris.ts'
import { beginCall, type SettleDeps } from './settle-call.ts'
import { shapeResult } from './shape-result.ts'
import { servesLegacyTasks } from './tasks/task-text.ts'
import type { Tasks } from './tasks/tasks.ts'

export interface RunDeps extends SettleDeps {
  readonly places: CallPlaces
  /** Nothing is bounded or repeated without them. */
  readonly settingsOf: (server: McpServerId) => ServerSettings | undefined
  readonly levels: LogLevels
  readonly parked: ParkedCalls
  readonly tasks: Tasks
  readonly startWaitMs: number | undefined
  readonly sampling?: Sampling | undefined
}

/** How long a call waits for a server that is just starting: no longer than the call may take, and until its caller leaves. */
interface HelloWait {
  readonly startWaitMs: number | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a ready server said about itself; one that is just starting is waited for. Throws `server_unavailable` with state and cause. */
export async function helloOf(upstream: McpUpstream, { startWaitMs, timeoutMs = Infinity, signal }: HelloWait): Promise<ServerHello> {
  const { status: now, definition: { id: server, timeouts } } = upstream
  const waitMs = Math.min(timeoutMs, startWaitMs ?? timeouts.callMs)
  const status = now.state === 'starting' ? await upstream.settled(waitMs, signal) : now
  if (status.state === 'ready') return status.hello
  if (signal?.aborted) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The call was cancelled while its server was starting.', { cause: signal.reason })
  const reason = status.state === 'starting' ? `It did not become ready within ${waitMs} ms.` : status.reason
  const nextAttemptAt = status.state === 'backing-off' ? status.nextAttemptAt : undefined
  throw new GatewayError('server_unavailable', describeUnavailable({ server, state: status.state, reason, nextAttemptAt }), {
    details: { server, state: status.state, reason, nextAttemptAt: nextAttemptAt?.toISOString() },
    ...(nextAttemptAt ? { retryAfterMs: Math.max(nextAttemptAt.getTime() - Date.now(), 0) } : {}),
  })
}

/** A legacy caller that named no level hears what the server says by itself, and not what another client asked it for. */
function withoutForeignLogs(request: CallRequest, upstream: McpUpstream, levels: LogLevels): CallRequest {
  const { onServerNotification: tell, era, logLevel } = request
  if (!tell || era === 'modern' || logLevel !== undefined) return request
  return { ...request, onServerNotification: (method, params) => (method !== 'notifications/message' || levels.isForUnasked(upstream, params) ? tell(method, params) : undefined) }
}

/** One try: in a place of its own at the server, shaped for the caller. Its flood of progress is thinned. */
async function sendCall(request: CallRequest, resolved: ResolvedCall, upstream: McpUpstream, deps: RunDeps): Promise<JsonText> {
  const { view, method, era, signal } = request
  using _place = await deps.places.enter({ upstream: serverBehind(resolved.upstream), server: resolved.server, limits: deps.settingsOf(resolved.server)?.limits, signal })
  const gate = request.onProgress && coalesceProgress(request.onProgress)
  try {
    const hello = await helloOf(upstream, { startWaitMs: deps.startWaitMs, timeoutMs: request.timeoutMs, signal })
    if (request.logLevel !== undefined) deps.levels.want(request, request.logLevel, [upstream.id])
    await deps.levels.apply(upstream)
    const heard = withoutForeignLogs(request, upstream, deps.levels)
    const told = gate ? { ...heard, onProgress: gate.push } : heard
    const asked = servesLegacyTasks(hello.capabilities) ? deps.tasks.translate(told, resolved.upstream) : told
    const sampled = answerSampling({ request: asked, upstream }, resolved.server, deps.settingsOf(resolved.server)?.sampling, deps.sampling)
    const bridge: Bridge = { ...sampled, resolved, hello, parked: deps.parked, tasks: deps.tasks }
    const raw = await (hello.era === 'modern' ? callModernServer(bridge) : callLegacyServer(bridge))
    const shaped = shapeResult(raw, { method, client: era, server: hello.era, entry: resolved.entry })
    const shown = view.single === undefined ? rewriteUris(shaped, method, (uri) => view.exposeUri(resolved.server, uri)) : shaped
    return fitRevision(shown, method, request.revision)
  } finally {
    gate?.flush()
    deps.levels.want(request, undefined, [])
  }
}

/** Sends one resolved call, again where that is allowed, bounds its result, and reports how it ended, exactly once. */
export async function runCall(request: CallRequest, resolved: ResolvedCall, upstream: McpUpstream, deps: RunDeps): Promise<JsonText> {
  const { method, era } = request
  const { server, name, entry } = resolved
  const settings = deps.settingsOf(server)
  const settlement = beginCall(request, deps)
  let result: JsonText
  let tooLong: JsonText | undefined
  try {
    result = await repeatCall({
      request,
      entry,
      upstream,
      retries: settings?.retries ?? 0,
      send(repeated, attempt) {
        settlement.attempts = attempt
        return sendCall(repeated, resolved, upstream, deps)
      },
    })
    tooLong = limitResult(result, { server, name, method, bytes: settings?.limits.resultBytes, era })
  } catch (error) {
    settlement.failed(resolved, error)
    throw error
  }
  if (tooLong !== undefined) {
    settlement.answered(resolved, tooLong, 'result_too_large')
    return tooLong
  }
  settlement.answered(resolved, result)
  return result
}

/** Serves a caller's question about its tasks, and reports it as a call. */
export async function runTaskCall(request: CallRequest, deps: Pick<RunDeps, 'tasks' | 'events' | 'audit' | 'settingsOf'>): Promise<JsonText> {
  const { method, view, era } = request
  const settlement = beginCall(request, deps)
  let server = ''
  try {
    const { result, record } = await deps.tasks.serve(request)
    server = (record && serverOf(view, record.server)) ?? ''
    const bytes = record ? deps.settingsOf(server as McpServerId)?.limits.resultBytes : undefined
    const tooLong = limitResult(result, { server, name: method, method, bytes, era })
    settlement.answered({ server, name: method }, tooLong ?? result, tooLong === undefined ? undefined : 'result_too_large')
    return tooLong ?? result
  } catch (error) {
    settlement.failed({ server, name: method }, error)
    throw error
  }
}
