import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError } from '../../../domain/json-rpc.ts'
import { editMembers, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpUpstream } from '../../../upstreams/mcp/index.ts'
import type { CatalogView } from '../../catalog/index.ts'
import { TASKS_META } from './extension-task.ts'
import { detailTask } from './serve-tasks.ts'
import { TASK_WAIT_MS } from './task-source.ts'
import type { TaskRecord } from './task-table.ts'
import { isOver, readMs } from './task-text.ts'

const POLL_MS = { usual: 1_000, least: 50, most: 60_000 }

export interface TaskWatchOptions {
  readonly record: TaskRecord
  readonly view: CatalogView
  readonly upstream: McpUpstream | undefined
  readonly logger: Logger
  readonly onChange: (task: JsonText) => void
}

/** Looks at one task for as long as it runs: as often as its server wants, and at once when the server tells of a change. */
export interface WatchedTask extends Disposable {
  readonly id: string
  nudge(): void
}

export function watchTask({ record, view, upstream, logger, onChange }: TaskWatchOptions): WatchedTask {
  const stop = new AbortController()
  let nudged = Promise.withResolvers<void>()
  let last: JsonText | undefined

  function nudge(): void {
    nudged.resolve()
    nudged = Promise.withResolvers()
  }

  async function listen(): Promise<void> {
    const { upstreamId } = record
    if (record.source.era !== 'modern' || upstreamId === undefined || !upstream) return
    const params = toJsonText({ notifications: { taskIds: [upstreamId] }, _meta: TASKS_META })
    const onServerNotification = (method: string): void => {
      if (method === 'notifications/tasks') nudge()
    }
    await upstream.call({ method: 'subscriptions/listen', params, signal: stop.signal, timeoutMs: TASK_WAIT_MS, onServerNotification })
  }

  async function look(): Promise<boolean> {
    const task = await detailTask(record, view, stop.signal)
    const seen = editMembers(task, { resultType: undefined, _meta: undefined })
    if (seen !== last && !stop.signal.aborted) onChange(seen)
    last = seen
    return isOver(task)
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const next = nudged.promise
      if (await look()) return
      const pollMs = Math.min(Math.max((last && readMs(last, 'pollIntervalMs')) ?? POLL_MS.usual, POLL_MS.least), POLL_MS.most)
      await Promise.race([next, sleep(pollMs, undefined, { signal: stop.signal }).catch(() => undefined)])
    }
  }

  const ended = (what: string) => (error: unknown) => {
    if (stop.signal.aborted) return
    logger[error instanceof RpcError ? 'debug' : 'info']({ err: error, server: record.server }, what)
  }
  run()
    .catch(ended('watching a task ended'))
    .finally(() => stop.abort())
  listen().catch(ended('a server does not tell of its tasks; they are asked about'))
  return { id: record.id, nudge, [Symbol.dispose]: () => stop.abort() }
}
