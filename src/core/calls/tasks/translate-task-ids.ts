import type { McpServerId } from '../../../domain/ids.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import type { CallRequest } from '../call-request.ts'
import { renameRelatedTask } from './related-task.ts'
import type { TaskTable } from './task-table.ts'

/** The same request, with the caller’s task ids in what the server says to it, and the server’s in what the caller answers. */
export function translateTaskIds(table: TaskTable, request: CallRequest, server: McpServerId): CallRequest {
  const { onServerRequest, onServerNotification, principal, owner } = request
  const out = (params: JsonText | undefined): JsonText | undefined => params && renameRelatedTask(params, (id) => table.findUpstream(server, id)?.id)
  const back = (text: JsonText): JsonText => renameRelatedTask(text, (id) => table.find(id, principal, owner)?.upstreamId)
  return {
    ...request,
    ...(onServerRequest ? { onServerRequest: async (method, params) => back(await onServerRequest(method, out(params))) } : {}),
    ...(onServerNotification ? { onServerNotification: (method, params) => onServerNotification(method, out(params)) } : {}),
  }
}
