import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../domain/json-rpc.ts'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { JsonObject } from '../../../lib/json.ts'
import { createServedTasks } from './served-tasks.ts'

const RELATED = 'io.modelcontextprotocol/related-task'

const message = (method: string, params: JsonObject) => ({ kind: 'request', id: 1, method, params: toJsonText(params) }) as const
const sampling = message('sampling/createMessage', { maxTokens: 5, task: { ttl: 1000 } })

function bench() {
  const tasks = createServedTasks()
  const asked: (JsonText | undefined)[] = []
  const answer = Promise.withResolvers<JsonText>()
  const created = JSON.parse(tasks.create(sampling, (params) => {
    asked.push(params)
    return answer.promise
  })) as { task: { taskId: string; status: string; ttl: number } }
  const serve = async (method: string): Promise<JsonObject> => JSON.parse(await tasks.serve(message(method, { taskId: created.task.taskId }))) as JsonObject
  return { tasks, asked, answer, created, serve }
}

describe('createServedTasks', () => {
  it('wants only questions that may be tasks', () => {
    const tasks = createServedTasks()
    expect(tasks.isWanted(sampling)).toBe(true)
    expect(tasks.isWanted(message('sampling/createMessage', { text: '"task"' }))).toBe(false)
    expect(tasks.isWanted(message('roots/list', { task: {} }))).toBe(false)
  })

  it('asks an ordinary question and gives a task at once', async () => {
    const { asked, answer, created, serve } = bench()
    expect(created.task).toMatchObject({ status: 'working', ttl: 1000 })
    expect(asked).toEqual(['{"maxTokens":5}'])
    expect(await serve('tasks/get')).toMatchObject({ status: 'working' })
    const result = serve('tasks/result')
    answer.resolve('{"role":"assistant"}' as JsonText)
    expect(await result).toEqual({ role: 'assistant', _meta: { [RELATED]: { taskId: created.task.taskId } } })
    expect(await serve('tasks/get')).toMatchObject({ status: 'completed' })
    expect(await serve('tasks/list')).toMatchObject({ tasks: [{ taskId: created.task.taskId }] })
  })

  it('tells a refusal with its own code', async () => {
    const { answer, serve } = bench()
    answer.reject(new RpcError(-1, 'User rejected'))
    await expect(serve('tasks/result')).rejects.toMatchObject({ code: -1, message: 'User rejected' })
    expect(await serve('tasks/get')).toMatchObject({ status: 'failed' })
  })

  it('cancels once, and ends who waits', async () => {
    const { answer, serve } = bench()
    const result = serve('tasks/result')
    expect(await serve('tasks/cancel')).toMatchObject({ status: 'cancelled' })
    await expect(result).rejects.toThrow('The task was cancelled.')
    await expect(serve('tasks/cancel')).rejects.toMatchObject({ code: -32602 })
    answer.resolve('{}' as JsonText)
    expect(await serve('tasks/get')).toMatchObject({ status: 'cancelled' })
  })

  it('does not know the tasks of another connection', async () => {
    const { created } = bench()
    await expect(createServedTasks().serve(message('tasks/get', { taskId: created.task.taskId }))).rejects.toMatchObject({ code: -32602 })
  })
})
