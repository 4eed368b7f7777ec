import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../domain/errors.ts'
import { RPC, RpcError, type RpcRequest } from '../../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { isJsonObject, type JsonObject } from '../../../lib/json.ts'

/**
 * Tasks that a legacy server makes of its questions: it gets a task at once and fetches the client's answer when it likes. The
 * client is asked an ordinary question, whatever it knows of tasks.
 * @see revision 2025-11-25, tasks
 */
export interface ServedTasks {
  /** Whether the server wants a task in the place of an answer. */
  isWanted(message: RpcRequest): boolean
  /** Starts to ask and returns the `CreateTaskResult`. `ask` gets the params without what makes them a task. */
  create(message: RpcRequest, ask: (params: JsonText | undefined) => Promise<JsonText>): JsonText
  /** Answers `tasks/…`. Throws an `RpcError`. */
  serve(message: RpcRequest): Promise<JsonText>
}

interface Served {
  readonly taskId: string
  readonly createdAt: string
  readonly ttl: number | null
  status: 'working' | 'completed' | 'failed' | 'cancelled'
  lastUpdatedAt: string
  readonly outcome: Promise<JsonText>
  readonly cancel: (reason: RpcError) => void
}

const AUGMENTED = new Set(['sampling/createMessage', 'elicitation/create'])
const RELATED_TASK = 'io.modelcontextprotocol/related-task'
const MAX_TASKS = 100
const POLL_MS = 500

const describe = ({ taskId, status, createdAt, lastUpdatedAt, ttl }: Served): JsonObject => ({ taskId, status, createdAt, lastUpdatedAt, ttl, pollInterval: POLL_MS })

function readTtl(params: JsonText | undefined): number | null {
  const task = params && readMember(params, 'task')
  const ttl = task === undefined ? undefined : parseJsonText(task)
  return isJsonObject(ttl) && typeof ttl['ttl'] === 'number' ? ttl['ttl'] : null
}

function relate(result: JsonText, taskId: string): JsonText {
  const meta = readMember(result, '_meta') ?? EMPTY_OBJECT
  return editMembers(result, { _meta: editMembers(meta, { [RELATED_TASK]: toJsonText({ taskId }) }) })
}

export function createServedTasks(): ServedTasks {
  const tasks = new Map<string, Served>()

  function find(params: JsonText | undefined): Served {
    const text = params && readMember(params, 'taskId')
    const id = text === undefined ? undefined : parseJsonText(text)
    const task = typeof id === 'string' ? tasks.get(id) : undefined
    if (!task) throw new RpcError(RPC.invalidParams, 'Task not found.')
    return task
  }

  function makeRoom(): void {
    if (tasks.size < MAX_TASKS) return
    const over = [...tasks.values()].find(({ status }) => status !== 'working')
    if (!over) throw new RpcError(RPC.internalError, `More than ${MAX_TASKS} questions of this server are open.`)
    tasks.delete(over.taskId)
  }

  function cancel(task: Served): JsonText {
    if (task.status !== 'working') throw new RpcError(RPC.invalidParams, `The task is ${task.status} and cannot be cancelled.`)
    task.cancel(new RpcError(RPC.internalError, 'The task was cancelled.'))
    Object.assign(task, { status: 'cancelled', lastUpdatedAt: new Date().toISOString() })
    return toJsonText(describe(task))
  }

  return {
    isWanted: ({ method, params }) => AUGMENTED.has(method) && params !== undefined && params.includes('"task"') && readMember(params, 'task') !== undefined,
    create({ params }, ask) {
      makeRoom()
      const now = new Date().toISOString()
      const outcome = Promise.withResolvers<JsonText>()
      const task: Served = { taskId: randomUUID(), createdAt: now, lastUpdatedAt: now, ttl: readTtl(params), status: 'working', outcome: outcome.promise, cancel: outcome.reject }
      tasks.set(task.taskId, task)
      const end = (status: Served['status']): void => {
        if (task.status === 'working') Object.assign(task, { status, lastUpdatedAt: new Date().toISOString() })
      }
      ask(params && editMembers(params, { task: undefined })).then(outcome.resolve, outcome.reject)
      outcome.promise.then(() => end('completed'), () => end('failed'))
      return toJsonText({ task: describe(task) })
    },
    async serve({ method, params }) {
      switch (method) {
        case 'tasks/get':
          return toJsonText(describe(find(params)))
        case 'tasks/result': {
          const task = find(params)
          try {
            return relate(await task.outcome, task.taskId)
          } catch (error) {
            if (error instanceof RpcError) throw error
            throw new RpcError(RPC.internalError, error instanceof GatewayError ? error.message : 'The client could not serve the request.')
          }
        }
        case 'tasks/list':
          return toJsonText({ tasks: [...tasks.values()].map(describe) })
        case 'tasks/cancel':
          return cancel(find(params))
        default:
          throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
      }
    },
  }
}
