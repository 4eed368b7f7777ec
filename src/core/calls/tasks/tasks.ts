import type { McpServerId } from '../../../domain/ids.ts'
import { GatewayError } from '../../../domain/errors.ts'
import { RpcError } from '../../../domain/json-rpc.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpUpstream } from '../../../upstreams/mcp/index.ts'
import type { CallRequest } from '../call-request.ts'
import { createFormerTasks, type KeptTasks } from './former-tasks.ts'
import { findTask, serveTasks, tellStatus } from './serve-tasks.ts'
import type { TaskReader } from './task-reader.ts'
import type { TaskSource } from './task-source.ts'
import { translateTaskIds } from './translate-task-ids.ts'
import { createTaskTable, type NewTask, type TaskRecord, type TaskTable } from './task-table.ts'
import { readText } from './task-text.ts'
import { watchTask, type WatchedTask } from './watch-task.ts'

/**
 * Tasks of both eras: 2025-11-25’s own and those of the extension of 2026-07-28. Every task has an id of the gateway’s that
 * only its owner can use; the words of one era are put into those of the other where client and server differ.
 */
export interface Tasks extends Disposable {
  /** Settles when it would survive a restart. `session` is the MCP session of a legacy client. */
  add(task: NewTask, session: string | undefined): Promise<TaskRecord>
  /** Serves `tasks/…`. Throws an `RpcError` for a method that the caller’s era or view does not have, and for a task that is not its own. */
  serve(request: CallRequest): Promise<{ readonly result: JsonText; readonly record: TaskRecord | undefined }>
  /** Puts the caller’s task ids into what a server says to it, and the server’s into what the caller says. */
  translate(request: CallRequest, server: McpServerId): CallRequest
  /** A server told of a task’s status by itself. */
  noticed(server: McpServerId, params: JsonText | undefined): void
  /** Tells of every change of a task until disposed; undefined when the reader has no such task. */
  watch(id: string, reader: TaskReader, onChange: (task: JsonText) => void): Disposable | undefined
  /** Ends a task for which nobody waits any more. */
  abandon(source: TaskSource): void
  /** The legacy client is gone for good, and with it its tasks. */
  drop(owner: object, session: string): void
}

const CANCEL_MS = 10_000

export function createTasks(logger: Logger, find: (server: McpServerId) => McpUpstream | undefined, kept?: KeptTasks): Tasks {
  const table: TaskTable = createTaskTable(Date.now, (id) => former.forget(id))
  const former = createFormerTasks(kept, table, find, logger)
  const watched = new Set<WatchedTask>()

  async function cancelQuietly(source: TaskSource): Promise<void> {
    try {
      await source.cancel(AbortSignal.timeout(CANCEL_MS))
    } catch (error) {
      const isExpected = error instanceof RpcError || error instanceof GatewayError
      logger[isExpected ? 'debug' : 'warn']({ err: error }, 'a task could not be cancelled')
    }
  }

  return {
    async add(task, session) {
      const record = table.add(task)
      await former.keep(record, session)
      return record
    },
    async serve(request) {
      const id = request.params && readText(request.params, 'taskId')
      if (request.method === 'tasks/list') former.adoptAll(request)
      else if (id !== undefined) former.adopt(id, request)
      return serveTasks(table, request)
    },
    translate: (request, server) => translateTaskIds(table, request, server),
    noticed(server, params) {
      const record = tellStatus(table, server, params)
      for (const task of watched) if (task.id === record?.id) task.nudge()
    },
    watch(id, reader, onChange) {
      let record: TaskRecord
      try {
        former.adopt(id, reader)
        record = findTask(table, id, reader)
      } catch (error) {
        if (error instanceof RpcError || error instanceof GatewayError) return undefined
        throw error
      }
      const task = watchTask({ record, view: reader.view, upstream: find(record.server), logger: reader.logger, onChange })
      watched.add(task)
      return {
        [Symbol.dispose]() {
          watched.delete(task)
          task[Symbol.dispose]()
        },
      }
    },
    abandon: (source) => void cancelQuietly(source),
    drop(owner, session) {
      for (const { source } of table.drop(owner)) void cancelQuietly(source)
      for (const source of former.drop(session)) void cancelQuietly(source)
    },
    [Symbol.dispose]() {
      for (const task of watched) task[Symbol.dispose]()
      watched.clear()
      table[Symbol.dispose]()
    },
  }
}
