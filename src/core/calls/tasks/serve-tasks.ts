import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { serverOf } from '../../catalog/index.ts'
import type { CallRequest } from '../call-request.ts'
import { rewriteUris } from '../rewrite-uris.ts'
import { shapeResult } from '../shape-result.ts'
import { relateToTask, renameRelatedTask } from './related-task.ts'
import type { TaskRecord, TaskTable } from './task-table.ts'
import { translateTaskIds } from './translate-task-ids.ts'
import { declaresTasks, isOver, readText, TASKS_EXTENSION, toLegacyTask } from './task-text.ts'

const ACK = '{"resultType":"complete"}' as JsonText

/** What a client of either era may ask about its tasks. */
const LEGACY_METHODS = new Set(['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel'])
const MODERN_METHODS = new Set(['tasks/get', 'tasks/update', 'tasks/cancel'])

export function isTaskMethod(method: string): boolean {
  return LEGACY_METHODS.has(method) || MODERN_METHODS.has(method)
}

/** @see SEP-2663: which capability a client has to declare. */
export function missingTasks(what: string): RpcError {
  const data = toJsonText({ requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } })
  return new RpcError(RPC.missingClientCapability, `${what} needs the client capability \`extensions["${TASKS_EXTENSION}"]\`.`, data)
}

function check({ view, era, method, params }: CallRequest): void {
  const capabilities = view.capabilities(era)
  const isServed = era === 'modern' ? JSON.stringify(capabilities['extensions'] ?? {}).includes(`"${TASKS_EXTENSION}"`) : capabilities['tasks'] !== undefined
  const isKnown = (era === 'modern' ? MODERN_METHODS : LEGACY_METHODS).has(method)
  if (!isServed || !isKnown) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
  if (era === 'modern' && !declaresTasks(params)) throw missingTasks(method)
}

/** The task of the caller's that the params name. A foreign one is as unknown as one that never was. */
export function findTask(table: TaskTable, id: string | undefined, { view, principal, owner }: Pick<CallRequest, 'view' | 'principal' | 'owner'>): TaskRecord {
  const task = id === undefined ? undefined : table.find(id, principal, owner)
  const isInView = task && serverOf(view, task.server) !== undefined
  if (!isInView) throw new RpcError(RPC.invalidParams, 'Task not found: it never was, or it expired.')
  return task
}

/** A task in the words of the caller's era and under the id that the caller knows. */
function show(task: JsonText, { id, source }: TaskRecord): JsonText {
  const shown = source.era === 'modern' ? toLegacyTask(task) : task
  return renameRelatedTask(editMembers(shown, { taskId: toJsonText(id) }), () => id)
}

/** What the tool came to, as the client would have seen it without a task. */
function showResult(result: JsonText, { source, entry, server }: TaskRecord, view: CallRequest['view'], client: CallRequest['era']): JsonText {
  const shaped = shapeResult(result, { method: 'tools/call', client, server: source.era, entry })
  return view.single === undefined ? rewriteUris(shaped, 'tools/call', (uri) => view.exposeUri(serverOf(view, server) ?? server, uri)) : shaped
}

/** The whole task for a modern client, with whatever it came to. */
export async function detailTask(record: TaskRecord, view: CallRequest['view'], signal: AbortSignal): Promise<JsonText> {
  const task = await record.source.detail(signal)
  const result = readMember(task, 'result')
  const shown = result === undefined ? {} : { result: showResult(result, record, view, 'modern') }
  return editMembers(task, { taskId: toJsonText(record.id), ...shown })
}

async function finish(record: TaskRecord, { view, era, signal, owner, onServerRequest, onServerNotification }: CallRequest): Promise<JsonText> {
  const result = await record.source.finish({ signal, ask: onServerRequest, asker: owner, onServerNotification })
  return relateToTask(showResult(result, record, view, era), record.id)
}

async function list(table: TaskTable, { principal, owner, view, signal, logger }: CallRequest): Promise<JsonText> {
  const visible = table.list(principal, owner).filter(({ server }) => serverOf(view, server) !== undefined)
  const tasks = await Promise.all(
    visible.map(async (record) => {
      try {
        return [show(await record.source.read(signal), record)]
      } catch (error) {
        if (error instanceof RpcError && error.code === RPC.invalidParams) table.remove(record.id)
        else logger.info({ err: error, server: record.server }, 'a task could not be asked about for a list')
        return []
      }
    }),
  )
  return `{"tasks":[${tasks.flat().join(',')}]}` as JsonText
}

/** @see revision 2025-11-25: a task that is over cannot be cancelled. In the extension that does nothing. */
async function cancel(record: TaskRecord, { era, signal }: CallRequest): Promise<JsonText> {
  const { source } = record
  if (era === 'legacy' && source.era === 'legacy') return show(await source.cancel(signal), record)
  const over = isOver(await source.read(signal))
  if (era === 'legacy' && over) throw new RpcError(RPC.invalidParams, 'The task is over and cannot be cancelled.')
  if (!over) await source.cancel(signal)
  return era === 'legacy' ? show(await source.read(signal), record) : ACK
}

async function update(record: TaskRecord, { params, signal }: CallRequest): Promise<JsonText> {
  await record.source.answer((params && readMember(params, 'inputResponses')) ?? EMPTY_OBJECT, signal)
  return ACK
}

/** Serves the task methods of a client, in the words of its era, whatever the era of the task's server. */
export async function serveTasks(table: TaskTable, request: CallRequest): Promise<{ readonly result: JsonText; readonly record: TaskRecord | undefined }> {
  check(request)
  const { method, params = EMPTY_OBJECT, era, view, signal } = request
  if (method === 'tasks/list') {
    if (readMember(params, 'cursor') !== undefined) throw new RpcError(RPC.invalidParams, 'Unknown cursor: this gateway lists everything in one page.')
    return { result: await list(table, request), record: undefined }
  }
  const id = parseJsonText(readMember(params, 'taskId') ?? ('null' as JsonText))
  const record = findTask(table, typeof id === 'string' ? id : undefined, request)
  switch (method) {
    case 'tasks/get':
      return { result: era === 'modern' ? await detailTask(record, view, signal) : show(await record.source.read(signal), record), record }
    case 'tasks/result':
      return { result: await finish(record, translateTaskIds(table, request, record.server)), record }
    case 'tasks/update':
      return { result: await update(record, request), record }
    default:
      return { result: await cancel(record, request), record }
  }
}

/** The status that a server told of by itself, as its client may see it. */
export function tellStatus(table: TaskTable, server: TaskRecord['server'], params: JsonText | undefined): TaskRecord | undefined {
  const upstreamId = params && readText(params, 'taskId')
  const record = upstreamId === undefined ? undefined : table.findUpstream(server, upstreamId)
  if (record && params !== undefined) record.onStatus?.(show(params, record))
  return record
}
