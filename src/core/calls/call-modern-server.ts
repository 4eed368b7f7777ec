import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Bridge } from './bridge.ts'
import { driveInput } from './drive-input.ts'
import { makeCall } from './make-call.ts'
import { createEndedTask } from './tasks/ended-task.ts'
import { createExtensionTask } from './tasks/extension-task.ts'
import type { TaskSource } from './tasks/task-source.ts'
import { readText, servesExtensionTasks, TASKS_EXTENSION, toLegacyTask } from './tasks/task-text.ts'

const META = 'io.modelcontextprotocol/'

/** The capabilities of a legacy client as a modern server hears them; the gateway waits for tasks in its place. */
function capabilitiesFor({ request, hello }: Bridge): JsonText {
  const declared = request.clientCapabilities === undefined ? {} : parseJsonText(request.clientCapabilities)
  const { tasks: _tasks, ...known } = isJsonObject(declared) ? declared : {}
  if (request.method !== 'tools/call' || !servesExtensionTasks(hello.capabilities)) return toJsonText(known)
  const extensions = isJsonObject(known['extensions']) ? known['extensions'] : {}
  return toJsonText({ ...known, extensions: { ...extensions, [TASKS_EXTENSION]: {} } })
}

/** A modern server must hear what this very caller can do, and what it wants logged. */
function withEnvelope(bridge: Bridge): JsonText {
  const { logLevel } = bridge.request
  const object = bridge.resolved.params ?? EMPTY_OBJECT
  const meta = readMember(object, '_meta') ?? EMPTY_OBJECT
  const changes: Record<string, JsonText | undefined> = { [`${META}clientCapabilities`]: capabilitiesFor(bridge) }
  if (logLevel !== undefined) changes[`${META}logLevel`] = toJsonText(logLevel)
  const task = bridge.request.method === 'tools/call' ? { task: undefined } : {}
  return editMembers(object, { ...task, _meta: editMembers(meta, changes) })
}

function isTask(result: JsonText): boolean {
  return result.includes('"task"') && readText(result, 'resultType') === 'task'
}

function sourceOf({ upstream, resolved }: Bridge, result: JsonText): TaskSource & { readonly taskId: string } {
  const taskId = readText(result, 'taskId')
  if (taskId === undefined) throw new RpcError(RPC.internalError, `MCP server \`${resolved.server}\` made a task without an id.`)
  return { ...createExtensionTask(upstream, taskId), taskId }
}

/** The task that the client gets instead of a result; `task` is one in the words of the extension. */
async function hand(bridge: Bridge, source: TaskSource, upstreamId: string | undefined): Promise<string> {
  const { request, resolved, tasks } = bridge
  const { principal, owner, session, onTaskStatus } = request
  const { id } = await tasks.add({ server: resolved.upstream, upstreamId, principal, owner, source, entry: resolved.entry, lasting: new AbortController(), onStatus: onTaskStatus }, session)
  return id
}

async function waitFor({ request, tasks }: Bridge, source: TaskSource): Promise<JsonText> {
  const { signal, onServerRequest, onServerNotification } = request
  try {
    return await source.finish({ signal, ask: onServerRequest, onServerNotification })
  } catch (error) {
    if (signal.aborted) tasks.abandon(source)
    throw error
  }
}

/** Both ends are modern: texts pass as they are, but for the ids of tasks. */
async function forModernClient(bridge: Bridge): Promise<JsonText> {
  const { request, resolved, upstream } = bridge
  const result = await upstream.call(makeCall(request, resolved.params))
  if (request.method !== 'tools/call' || !isTask(result)) return result
  const { taskId, ...source } = sourceOf(bridge, result)
  return editMembers(result, { taskId: toJsonText(await hand(bridge, source, taskId)) })
}

/**
 * A legacy client at a modern server: it is asked what an `input_required` result asks. It gets a task when it wanted one;
 * else the gateway waits for the task that the server makes of the call.
 */
async function forLegacyClient(bridge: Bridge): Promise<JsonText> {
  const { request, resolved, upstream, hello } = bridge
  const result = await driveInput({
    params: withEnvelope(bridge),
    send: (params) => upstream.call(makeCall(request, params)),
    ask: request.onServerRequest,
  })
  const wantsTask = servesExtensionTasks(hello.capabilities) && request.method === 'tools/call' && resolved.params !== undefined && readMember(resolved.params, 'task') !== undefined
  if (!isTask(result)) {
    if (!wantsTask) return result
    const ended = createEndedTask(result)
    const id = await hand(bridge, ended, undefined)
    return `{"task":${editMembers(toLegacyTask(await ended.read(request.signal)), { taskId: toJsonText(id) })}}` as JsonText
  }
  const { taskId, ...source } = sourceOf(bridge, result)
  if (!wantsTask) return waitFor(bridge, source)
  return `{"task":${editMembers(toLegacyTask(result), { taskId: toJsonText(await hand(bridge, source, taskId)) })}}` as JsonText
}

export function callModernServer(bridge: Bridge): Promise<JsonText> {
  return bridge.request.era === 'modern' ? forModernClient(bridge) : forLegacyClient(bridge)
}
