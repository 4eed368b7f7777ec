import { asString } from './as-string.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { FixtureError } from './fixture-error.ts'
import type { AskLegacy, FixtureTask, FixtureTasks, TaskOptions } from './fixture-tasks.ts'
import type { TaskTool } from './task-tools.ts'

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

export interface TaskCall {
  readonly tasks: FixtureTasks
  readonly modern: boolean
  readonly params: JsonObject
  /** The client declared the extension; a legacy client needs none. */
  readonly isDeclared: boolean
  readonly before: Readonly<Record<string, JsonObject>>
  readonly ask: AskLegacy
  readonly onProgress: TaskOptions['onProgress']
  readonly onStatus: TaskOptions['onStatus']
}

function missing(): FixtureError {
  return new FixtureError(-32021, `The extension ${TASKS_EXTENSION} is needed.`, { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } })
}

function readTtl(params: JsonObject): number | null {
  const { task } = params as { task?: { ttl?: unknown } }
  return typeof task?.ttl === 'number' ? task.ttl : null
}

/** A task where the era and the client want one, else the whole work within the call. */
export async function callTaskTool(tool: TaskTool, call: TaskCall): Promise<JsonObject> {
  const { tasks, modern, params, isDeclared, before, ask, onProgress, onStatus } = call
  const wantsTask = modern ? isDeclared : params['task'] !== undefined
  if (tool.support === 'required' && !wantsTask) throw modern ? missing() : new FixtureError(-32601, `${asString(tool.listed['name'])} runs only as a task.`)
  const given = (params['arguments'] ?? {}) as JsonObject
  const task = tasks.create({ ttl: readTtl(params), body: tool.body(given, before), onProgress, onStatus })
  if (!wantsTask) return task.result(ask)
  return modern ? { resultType: 'task', ...task.describe(true) } : { task: task.describe(false) }
}

export function isTaskMethod(method: string): boolean {
  return method.startsWith('tasks/')
}

function serveModern(task: FixtureTask, method: string, params: JsonObject): JsonObject {
  switch (method) {
    case 'tasks/get':
      return task.detail()
    case 'tasks/update':
      task.update((params['inputResponses'] ?? {}) as JsonObject)
      return {}
    default:
      task.cancel()
      return {}
  }
}

async function serveLegacy(task: FixtureTask, method: string, ask: AskLegacy): Promise<JsonObject> {
  if (method === 'tasks/result') return task.result(ask)
  if (method === 'tasks/cancel' && !task.cancel()) throw new FixtureError(-32602, 'The task is over.')
  return task.describe(false)
}

const METHODS = { legacy: ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel'], modern: ['tasks/get', 'tasks/update', 'tasks/cancel'] }

export async function serveTaskMethod(method: string, { tasks, modern, params, isDeclared, ask }: TaskCall): Promise<JsonObject> {
  if (!METHODS[modern ? 'modern' : 'legacy'].includes(method)) throw new FixtureError(-32601, `Method not found: ${method}`)
  if (modern && !isDeclared) throw missing()
  if (method === 'tasks/list') return { tasks: tasks.all().map((task) => task.describe(false)) }
  const task = tasks.find(params['taskId'])
  return modern ? serveModern(task, method, params) : serveLegacy(task, method, ask)
}
