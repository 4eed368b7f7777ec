import { randomBytes } from 'node:crypto'
import type { McpServerId } from '../../../domain/ids.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import type { CatalogEntry } from '../../catalog/index.ts'
import type { Principal } from '../../identity/index.ts'
import type { TaskSource } from './task-source.ts'

/** A task that a client may ask about. Its id is the gateway's own and says nothing about its server. */
export interface TaskRecord {
  readonly id: string
  /** The server, or the instance of it, that runs it. */
  readonly server: McpServerId
  /** Undefined for a task that no server knows of. */
  readonly upstreamId: string | undefined
  readonly principal: Principal
  /** The legacy client's session; a task of a modern client belongs to its principal alone. */
  readonly owner: object | undefined
  readonly source: TaskSource
  /** The tool that was called. */
  readonly entry: CatalogEntry | undefined
  readonly createdAt: number
  /** Aborts when the task is forgotten. */
  readonly lasting: AbortController
  readonly onStatus: ((params: JsonText) => void) | undefined
}

export type NewTask = Omit<TaskRecord, 'id' | 'createdAt'>

/**
 * Every task that a client of this life of the gateway made or asked for, in memory. Old ones make room for new ones per owner.
 */
export interface TaskTable extends Disposable {
  add(task: NewTask): TaskRecord
  /** A task of an earlier life of the gateway, under the id that its client has. */
  restore(record: TaskRecord): void
  /** Undefined for an unknown and for a foreign id alike. */
  find(id: string, principal: Principal, owner: object | undefined): TaskRecord | undefined
  findUpstream(server: McpServerId, upstreamId: string): TaskRecord | undefined
  /** Oldest first. */
  list(principal: Principal, owner: object | undefined): readonly TaskRecord[]
  remove(id: string): void
  /** Forgets all tasks of a legacy client; returns them. */
  drop(owner: object): readonly TaskRecord[]
}

const MAX_PER_OWNER = 1_000
/** What nobody asked for since is gone. */
export const KEEP_MS = 86_400_000

const upstreamKey = (server: McpServerId, id: string): string => `${server}\0${id}`

export function createTaskTable(now: () => number = Date.now, onForgotten: (id: string) => void = () => undefined): TaskTable {
  const byId = new Map<string, TaskRecord>()
  const byUpstream = new Map<string, TaskRecord>()

  function remove(id: string): void {
    const task = byId.get(id)
    if (!task) return
    byId.delete(id)
    if (task.upstreamId !== undefined) byUpstream.delete(upstreamKey(task.server, task.upstreamId))
    task.lasting.abort()
    task.source[Symbol.dispose]()
  }

  function forget(id: string): void {
    remove(id)
    onForgotten(id)
  }

  function sweep(): void {
    for (const { id, createdAt } of byId.values()) if (createdAt + KEEP_MS < now()) forget(id)
  }

  function enter(record: TaskRecord): void {
    byId.set(record.id, record)
    if (record.upstreamId !== undefined) byUpstream.set(upstreamKey(record.server, record.upstreamId), record)
  }

  const isOf = (task: TaskRecord, principal: Principal, owner: object | undefined): boolean => task.principal.id === principal.id && task.owner === owner

  const list: TaskTable['list'] = (principal, owner) => [...byId.values()].filter((task) => isOf(task, principal, owner))

  return {
    add(task) {
      sweep()
      const mine = list(task.principal, task.owner)
      if (mine.length >= MAX_PER_OWNER && mine[0]) forget(mine[0].id)
      const record: TaskRecord = { ...task, id: `task_${randomBytes(24).toString('base64url')}`, createdAt: now() }
      enter(record)
      return record
    },
    restore: (record) => enter(record),
    find(id, principal, owner) {
      const task = byId.get(id)
      return task && isOf(task, principal, owner) ? task : undefined
    },
    findUpstream: (server, upstreamId) => byUpstream.get(upstreamKey(server, upstreamId)),
    list,
    remove: forget,
    drop(owner) {
      const dropped = [...byId.values()].filter((task) => task.owner === owner)
      for (const { id } of dropped) forget(id)
      return dropped
    },
    [Symbol.dispose]() {
      for (const id of byId.keys()) remove(id)
    },
  }
}
