import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { FixtureError } from './fixture-error.ts'

type Status = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

export type Requests = Readonly<Record<string, { readonly method: string; readonly params: JsonObject }>>

/** What the work of a task can do. */
export interface TaskContext {
  readonly signal: AbortSignal
  ask(requests: Requests): Promise<Readonly<Record<string, JsonObject>>>
  progress(progress: number, total: number): void
}

export type TaskBody = (context: TaskContext) => Promise<JsonObject>

/** Asks a legacy client something on the stream of its `tasks/result`. */
export type AskLegacy = (method: string, params: JsonObject) => Promise<JsonObject>

export interface FixtureTask {
  readonly id: string
  /** In the words of the era. */
  describe(isModern: boolean): JsonObject
  /** With what it came to, or what it asks. */
  detail(): JsonObject
  update(responses: JsonObject): void
  cancel(): boolean
  /** Waits for the end; meanwhile the questions go to `ask`. */
  result(ask: AskLegacy): Promise<JsonObject>
}

export interface TaskOptions {
  readonly ttl: number | null
  readonly body: TaskBody
  readonly onProgress: (progress: number, total: number) => void
  readonly onStatus: (task: FixtureTask) => void
}

const POLL_MS = 50

function runTask({ ttl, body, onProgress, onStatus }: TaskOptions): FixtureTask {
  const id = randomUUID()
  const createdAt = new Date().toISOString()
  const stop = new AbortController()
  const open = new Map<string, { readonly method: string; readonly params: JsonObject; readonly answer: PromiseWithResolvers<JsonObject> }>()
  let status: Status = 'working'
  let lastUpdatedAt = createdAt
  let ended: { readonly result: JsonObject } | { readonly error: FixtureError } | undefined
  let rounds = 0
  const over = Promise.withResolvers<void>()
  let asked = Promise.withResolvers<void>()

  function become(next: Status): void {
    if (stop.signal.aborted && next !== 'cancelled') return
    status = next
    lastUpdatedAt = new Date().toISOString()
    onStatus(task)
  }

  const context: TaskContext = {
    signal: stop.signal,
    progress: onProgress,
    async ask(requests) {
      const round = ++rounds
      const answers = Object.entries(requests).map(async ([key, request]) => {
        const answer = Promise.withResolvers<JsonObject>()
        open.set(`${key}-${round}`, { ...request, answer })
        return [key, await answer.promise] as const
      })
      become('input_required')
      asked.resolve()
      const all = Object.fromEntries(await Promise.all(answers))
      asked = Promise.withResolvers()
      become('working')
      return all
    },
  }

  const facts = (): JsonObject => ({ taskId: id, status, createdAt, lastUpdatedAt })
  const task: FixtureTask = {
    id,
    describe: (isModern) => ({ ...facts(), ...(isModern ? { ttlMs: ttl, pollIntervalMs: POLL_MS } : { ttl, pollInterval: POLL_MS }) }),
    detail() {
      const more: Record<string, JsonObject> = {}
      if (status === 'completed' && ended && 'result' in ended) more['result'] = { resultType: 'complete', ...ended.result }
      if (status === 'failed' && ended && 'error' in ended) more['error'] = { code: ended.error.code, message: ended.error.message }
      if (status === 'input_required') more['inputRequests'] = Object.fromEntries([...open].map(([key, { method, params }]) => [key, { method, params }]))
      return { ...task.describe(true), ...more }
    },
    update(responses) {
      for (const [key, { answer }] of open) {
        const response = responses[key]
        if (!isJsonObject(response)) continue
        open.delete(key)
        answer.resolve(response)
      }
    },
    cancel() {
      if (ended || stop.signal.aborted) return false
      stop.abort()
      become('cancelled')
      over.resolve()
      return true
    },
    async result(ask) {
      while (!ended && !stop.signal.aborted) {
        await Promise.race([over.promise, asked.promise])
        const questions = [...open.values()]
        open.clear()
        const _meta = { 'io.modelcontextprotocol/related-task': { taskId: id } }
        await Promise.all(questions.map(async ({ method, params, answer }) => answer.resolve(await ask(method, { ...params, _meta }))))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      if (!ended) throw new FixtureError(-32603, 'The task was cancelled.')
      if ('error' in ended) throw ended.error
      return { ...ended.result, _meta: { 'io.modelcontextprotocol/related-task': { taskId: id } } }
    },
  }
  body(context).then(
    (result) => {
      ended ??= { result }
      become('completed')
      over.resolve()
    },
    (error: unknown) => {
      ended ??= { error: error instanceof FixtureError ? error : new FixtureError(-32603, (error as Error).message) }
      become('failed')
      over.resolve()
    },
  )
  return task
}

/** The tasks of one fixture, of all its clients: it is a test's, so nobody is a stranger. */
export interface FixtureTasks {
  create(options: TaskOptions): FixtureTask
  find(id: unknown): FixtureTask
  all(): readonly FixtureTask[]
}

export function createFixtureTasks(): FixtureTasks {
  const tasks = new Map<unknown, FixtureTask>()
  return {
    create(options) {
      const task = runTask(options)
      tasks.set(task.id, task)
      return task
    },
    find(id) {
      const task = tasks.get(id)
      if (!task) throw new FixtureError(-32602, `Unknown task: ${String(id)}`)
      return task
    },
    all: () => [...tasks.values()],
  }
}
