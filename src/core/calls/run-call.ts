import { GatewayError } from '../../domain/errors.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { CallSettled, Events } from '../../telemetry/index.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import type { Bridge } from './bridge.ts'
import { callLegacyServer } from './call-legacy-server.ts'
import { callModernServer } from './call-modern-server.ts'
import type { CallRequest } from './call-request.ts'
import { coalesceProgress } from './coalesce-progress.ts'
import type { LogLevels } from './log-levels.ts'
import type { ParkedCalls } from './parked-calls.ts'
import type { ResolvedCall } from './resolve-call.ts'
import { describeUnavailable } from './resolve-call.ts'
import { rewriteUris } from './rewrite-uris.ts'
import { shapeResult } from './shape-result.ts'
import { servesLegacyTasks } from './tasks/task-text.ts'
import type { Tasks } from './tasks/tasks.ts'

export interface RunDeps {
  readonly events: Events
  readonly levels: LogLevels
  readonly parked: ParkedCalls
  readonly tasks: Tasks
  readonly startWaitMs: number
}

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

/** Sends one resolved call, shapes its answer for the caller, and reports how it ended, exactly once. */
export async function runCall(request: CallRequest, resolved: ResolvedCall, upstream: McpUpstream, deps: RunDeps): Promise<JsonText> {
  const { view, method, era } = request
  const started = performance.now()
  const gate = request.onProgress && coalesceProgress(request.onProgress)
  const settle = (outcome: CallSettled['outcome']): void => {
    const { server, name } = resolved
    deps.events.callSettled(request.logger, { server, method, name, outcome, durationMs: performance.now() - started })
  }
  let result: JsonText
  try {
    const hello = await helloOf(upstream, deps.startWaitMs)
    if (request.logLevel !== undefined) deps.levels.want(request, request.logLevel)
    await deps.levels.apply(upstream)
    const told = gate ? { ...request, onProgress: gate.push } : request
    const asked = servesLegacyTasks(hello.capabilities) ? deps.tasks.translate(told, resolved.server) : told
    const bridge: Bridge = { request: asked, resolved, upstream, hello, parked: deps.parked, tasks: deps.tasks }
    const raw = await (hello.era === 'modern' ? callModernServer(bridge) : callLegacyServer(bridge))
    const shaped = shapeResult(raw, { method, client: era, server: hello.era, entry: resolved.entry })
    result = view.single === undefined ? rewriteUris(shaped, method, (uri) => view.exposeUri(resolved.server, uri)) : shaped
  } catch (error) {
    settle(outcomeOf(error))
    throw error
  } finally {
    gate?.flush()
    deps.levels.want(request, undefined)
  }
  settle(answeredOutcome(result))
  return result
}

/** Serves a caller's question about its tasks, and reports it as a call. */
export async function runTaskCall(request: CallRequest, { tasks, events }: Pick<RunDeps, 'tasks' | 'events'>): Promise<JsonText> {
  const started = performance.now()
  const settle = (outcome: CallSettled['outcome'], server: string): void =>
    events.callSettled(request.logger, { server, method: request.method, name: request.method, outcome, durationMs: performance.now() - started })
  try {
    const { result, record } = await tasks.serve(request)
    settle(answeredOutcome(result), record?.server ?? '')
    return result
  } catch (error) {
    settle(outcomeOf(error), '')
    throw error
  }
}
