import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { McpCall } from '../../upstreams/mcp/index.ts'
import type { Bridge } from './bridge.ts'
import { makeCall } from './make-call.ts'
import type { ParkedCall } from './parked-calls.ts'
import { createLegacyTask } from './tasks/legacy-task.ts'
import { declaresTasks, readText, servesLegacyTasks, taskSupportOf, toExtensionTask } from './tasks/task-text.ts'

const META = 'io.modelcontextprotocol/'
const MAY_ASK = new Set(['tools/call', 'prompts/get', 'resources/read'])
const URL_ELICITATION_REQUIRED = -32042

const CAPABILITY_OF: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

function declares(params: JsonText | undefined, name: string): boolean {
  const meta = params && readMember(params, '_meta')
  const capabilities = meta && readMember(meta, `${META}clientCapabilities`)
  return capabilities !== undefined && readMember(capabilities, name) !== undefined
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
function modernError(error: unknown, params: JsonText | undefined): unknown {
  if (!(error instanceof RpcError) || error.code !== RPC.resourceNotFoundLegacy) return error
  const uri = params && readMember(params, 'uri')
  return new RpcError(RPC.invalidParams, error.message, uri === undefined ? error.data : (`{"uri":${uri}}` as JsonText))
}

/** What becomes of a `tools/call`: a plain call, a task that the client gets, or a task that the gateway waits for. */
type Form = 'call' | 'task' | 'waited'

/** A modern server decides what becomes a task; in the place of this one the gateway does. */
function formForModern({ request }: Bridge, support: string | undefined): Form {
  if (support !== 'required' && support !== 'optional') return 'call'
  if (declaresTasks(request.params)) return 'task'
  return support === 'required' ? 'waited' : 'call'
}

function formForLegacy({ request, resolved }: Bridge, support: string | undefined): Form {
  if (resolved.params !== undefined && readMember(resolved.params, 'task') !== undefined) return 'task'
  return support === 'required' && request.knowsTasks !== true ? 'waited' : 'call'
}

function formOf(bridge: Bridge): Form {
  const { request, resolved, hello } = bridge
  if (request.method !== 'tools/call' || !servesLegacyTasks(hello.capabilities)) return 'call'
  const support = taskSupportOf(resolved.entry?.definition)
  return request.era === 'modern' ? formForModern(bridge, support) : formForLegacy(bridge, support)
}

/** Sends a call as a task. `call` is the caller's own, with its callbacks. */
async function callAsTask(bridge: Bridge, form: 'task' | 'waited', call: McpCall): Promise<JsonText> {
  const { request, resolved, upstream, tasks } = bridge
  const lasting = new AbortController()
  const given = call.params && readMember(call.params, 'task')
  const params = given === undefined ? editMembers(call.params ?? EMPTY_OBJECT, { task: EMPTY_OBJECT }) : call.params
  const created = await upstream.call({ ...call, params, lasting: lasting.signal })
  const task = readMember(created, 'task')
  const taskId = task && readText(task, 'taskId')
  if (task === undefined || taskId === undefined) {
    lasting.abort()
    return created
  }
  const source = createLegacyTask(upstream, taskId)
  if (form === 'waited') {
    try {
      return await source.finish({ signal: call.signal, ask: call.onServerRequest, asker: call.asker, onServerNotification: call.onServerNotification })
    } catch (error) {
      if (call.signal.aborted) tasks.abandon(source)
      throw error
    } finally {
      lasting.abort()
    }
  }
  const { principal, owner, session, onTaskStatus } = request
  const onStatus = request.era === 'legacy' ? onTaskStatus : undefined
  const { id } = await tasks.add({ server: resolved.upstream, upstreamId: taskId, principal, owner, source, entry: resolved.entry, lasting, onStatus }, session)
  const own = { taskId: toJsonText(id) }
  return request.era === 'legacy' ? editMembers(created, { task: editMembers(task, own) }) : toExtensionTask(task, { ...own, resultType: toJsonText('task') })
}

function sendCall(bridge: Bridge, call: McpCall): Promise<JsonText> {
  const form = formOf(bridge)
  return form === 'call' ? bridge.upstream.call(call) : callAsTask(bridge, form, call)
}

/** One round or several of a modern client: what the server asks waits for the client's next round. */
function sendParked(bridge: Bridge, sent: JsonText | undefined, { signal, ask, current }: ParkedCall): Promise<JsonText> {
  const { request } = bridge
  const onServerRequest: McpCall['onServerRequest'] = async (method, asked) => {
    const capability = CAPABILITY_OF[method]
    if (capability === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
    if (!declares(request.params, capability)) throw new RpcError(RPC.methodNotFound, `The client did not declare the capability \`${capability}\`.`)
    return ask(method, asked)
  }
  const onServerNotification: McpCall['onServerNotification'] = (method, noted) => current().onServerNotification?.(method, noted)
  const progress = request.onProgress ? { onProgress: (params: JsonText) => current().onProgress?.(params) } : {}
  return sendCall(bridge, makeCall(request, sent, { signal, onServerRequest, onServerNotification, ...progress }))
}

/** Modern client, legacy server: what the server asks is parked until the client comes back. */
async function forModernClient(bridge: Bridge): Promise<JsonText> {
  const { request, resolved, parked } = bridge
  const clientParams = request.params ?? EMPTY_OBJECT
  if (parked.isOurs(clientParams)) return parked.resume({ ...request, params: clientParams })
  const sent = resolved.params && editMembers(resolved.params, { inputResponses: undefined, requestState: undefined, task: undefined })
  try {
    if (!MAY_ASK.has(request.method)) return await bridge.upstream.call(makeCall(request, resolved.params))
    return await parked.start({ ...request, params: clientParams }, (round) => sendParked(bridge, sent, round))
  } catch (error) {
    const asked = urlElicitations(error)
    if (asked !== undefined) return asked
    throw modernError(error, request.params)
  }
}

export function callLegacyServer(bridge: Bridge): Promise<JsonText> {
  if (bridge.request.era === 'modern') return forModernClient(bridge)
  return sendCall(bridge, makeCall(bridge.request, bridge.resolved.params))
}
