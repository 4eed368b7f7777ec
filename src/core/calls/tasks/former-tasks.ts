import { hash } from 'node:crypto'
import { GatewayError } from '../../../domain/errors.ts'
import type { McpServerId } from '../../../domain/ids.ts'
import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import type { McpTaskStore, StoredMcpTask } from '../../../storage/index.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpUpstream } from '../../../upstreams/mcp/index.ts'
import { serverOf } from '../../catalog/index.ts'
import { createExtensionTask } from './extension-task.ts'
import { createLegacyTask } from './legacy-task.ts'
import type { TaskReader } from './task-reader.ts'
import type { TaskSource } from './task-source.ts'
import { KEEP_MS, type TaskRecord, type TaskTable } from './task-table.ts'

/** Where tasks survive a restart, and those that an earlier life of the gateway left there. */
export interface KeptTasks {
  readonly store: McpTaskStore
  readonly known: readonly StoredMcpTask[]
}

/** Reads what is kept, without what nobody asks for any more. Rejects with `storage_unavailable`. */
export async function openKeptTasks(store: McpTaskStore): Promise<KeptTasks> {
  await store.trim(new Date(Date.now() - KEEP_MS))
  return { store, known: await store.all() }
}

/** The tasks of earlier lives of the gateway: each comes into the table when its client first asks for it. */
export interface FormerTasks {
  /** Settles when the task is on disk. It never rejects: a task that cannot be kept still runs. */
  keep(record: TaskRecord, session: string | undefined): Promise<void>
  forget(id: string): void
  /** Brings back the task that is named. Throws `server_unavailable` where its server does not run. */
  adopt(id: string, reader: TaskReader): void
  /** Brings back all tasks of a client whose servers run. */
  adoptAll(reader: TaskReader): void
  /** Those of a session that ended, which its client can never ask for. */
  drop(session: string): readonly TaskSource[]
}

/** Nothing of a process is left after the gateway ended, so its tasks are not either. */
const survives = ({ definition: { transport } }: McpUpstream): boolean => transport.kind === 'http' || transport.kind === 'sse'

const ownerOf = (session: string | undefined): string | undefined => (session === undefined ? undefined : hash('sha256', session))

const isOf = (task: StoredMcpTask, { principal, session }: TaskReader): boolean => task.principal === principal.id && task.owner === ownerOf(session)

function lost(server: string, why: string): GatewayError {
  return new GatewayError('upstream_interrupted', `The task is lost: the gateway was restarted, and ${why}. Call the tool of \`${server}\` again.`)
}

function createLostTask(server: string, why: string): TaskSource {
  const tell = (): Promise<never> => Promise.reject(lost(server, why))
  return { era: 'legacy', read: tell, detail: tell, finish: tell, answer: tell, cancel: tell, [Symbol.dispose]: () => undefined }
}

/** A server that binds tasks to its own MCP session does not know them in a new one. */
function withLoss(source: TaskSource, server: string): TaskSource {
  const told = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked
    } catch (error) {
      if (error instanceof RpcError && error.code === RPC.invalidParams) throw lost(server, 'its server no longer knows the task')
      throw error
    }
  }
  return { ...source, read: (signal) => told(source.read(signal)), detail: (signal) => told(source.detail(signal)), finish: (wait) => told(source.finish(wait)), cancel: (signal) => told(source.cancel(signal)) }
}

function sourceOf({ server, upstreamId, era }: StoredMcpTask, upstream: McpUpstream, shown: string): TaskSource {
  if (upstreamId === '') return createLostTask(shown, 'nobody but the gateway had its result')
  if (!survives(upstream)) return createLostTask(shown, `the process of \`${server}\` that ran it ended with it`)
  return withLoss(era === 'modern' ? createExtensionTask(upstream, upstreamId) : createLegacyTask(upstream, upstreamId), shown)
}

export function createFormerTasks(kept: KeptTasks | undefined, table: TaskTable, find: (server: McpServerId) => McpUpstream | undefined, logger: Logger): FormerTasks {
  const former = new Map((kept?.known ?? []).map((task) => [task.id, task]))

  async function quietly(writing: Promise<void> | undefined, what: string): Promise<void> {
    try {
      await writing
    } catch (error) {
      logger.error({ err: error }, what)
    }
  }

  function bringBack(task: StoredMcpTask, { principal, owner, view, onTaskStatus }: TaskReader): void {
    const server = task.server as McpServerId
    const shown = serverOf(view, server)
    // A foreign view must not learn that there is such a task.
    if (shown === undefined) return
    const upstream = find(server)
    if (!upstream) throw new GatewayError('server_unavailable', `The MCP server \`${shown}\` that has the task does not run. Try again later.`)
    former.delete(task.id)
    const entry = task.tool === undefined ? undefined : view.findTool(shown, task.tool)
    const upstreamId = task.upstreamId === '' ? undefined : task.upstreamId
    const source = sourceOf(task, upstream, shown)
    table.restore({ id: task.id, createdAt: task.createdAt.getTime(), server, upstreamId, principal, owner, source, entry, lasting: new AbortController(), onStatus: onTaskStatus })
  }

  return {
    async keep({ id, server, upstreamId = '', source, entry, principal, createdAt }, session) {
      const task: StoredMcpTask = { id, server, upstreamId, era: source.era, tool: entry?.route.upstreamName, principal: principal.id, owner: ownerOf(session), createdAt: new Date(createdAt) }
      await quietly(kept?.store.save(task), 'a task could not be kept; a restart of the gateway forgets it')
    },
    forget(id) {
      former.delete(id)
      void quietly(kept?.store.remove(id), 'a task that is over could not be removed')
    },
    adopt(id, reader) {
      const task = former.get(id)
      if (task && isOf(task, reader)) bringBack(task, reader)
    },
    adoptAll(reader) {
      for (const task of former.values()) if (isOf(task, reader) && find(task.server as McpServerId)) bringBack(task, reader)
    },
    drop(session) {
      const owner = ownerOf(session)
      const dropped = [...former.values()].filter((task) => task.owner === owner)
      for (const { id } of dropped) this.forget(id)
      return dropped.flatMap((task) => {
        const upstream = find(task.server as McpServerId)
        return upstream && survives(upstream) ? [sourceOf(task, upstream, task.server)] : []
      })
    },
  }
}
