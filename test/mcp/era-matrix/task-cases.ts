import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Json } from '../../support/mcp-raw-client.ts'
import type { Case, Cell } from './cell.ts'
import type { MatrixClient, Outcome } from './matrix-client.ts'

const OVER = new Set(['completed', 'failed', 'cancelled'])

/** Calls a tool as a task in the way of the client's era. The id is the one that the client gets. */
async function start({ client }: Pick<Cell, 'client'>, name: string, given: Json = {}, meta?: Json): Promise<string> {
  const more = client.era === 'legacy' ? { task: { ttl: 60_000 } } : {}
  const { result, error } = await client.ask('tools/call', { name, arguments: given, ...more }, meta ? { meta } : {})
  if (!result) throw new Error(JSON.stringify(error))
  const task = (client.era === 'legacy' ? result['task'] : result) as Json
  if (client.era === 'modern') expect(result['resultType']).toBe('task')
  expect(task).toMatchObject(client.era === 'legacy' ? { ttl: expect.toBeOneOf([null, 60_000]) } : { ttlMs: expect.toBeOneOf([null, 60_000]) })
  return task['taskId'] as string
}

const get = (client: MatrixClient, taskId: string): Promise<Outcome> => client.ask('tasks/get', { taskId })

async function until(client: MatrixClient, taskId: string, isReached: (status: string) => boolean): Promise<Json> {
  for (let tries = 0; tries < 2_400; tries++) {
    const { result, error } = await get(client, taskId)
    if (!result) throw new Error(JSON.stringify(error))
    expect(result['taskId']).toBe(taskId)
    if (isReached(result['status'] as string)) return result
    await sleep(25)
  }
  throw new Error('The task did not get there.')
}

/** What the tool came to: by `tasks/result`, or within the task. */
async function outcomeOf(client: MatrixClient, taskId: string, answer?: (method: string, params: Json) => Json): Promise<Outcome> {
  if (client.era === 'legacy') return client.ask('tasks/result', { taskId }, answer ? { answer } : {})
  const questions: { method: string; params: Json }[] = []
  for (;;) {
    const task = await until(client, taskId, (status) => status !== 'working')
    if (task['status'] !== 'input_required') return { result: task['result'] as Json | undefined, error: task['error'] as Outcome['error'], before: [], questions }
    const asked = Object.entries(task['inputRequests'] as Record<string, { method: string; params: Json }>)
    questions.push(...asked.map(([, question]) => question))
    const inputResponses = Object.fromEntries(asked.map(([key, question]) => [key, answer?.(question.method, question.params) ?? {}]))
    expect((await client.ask('tasks/update', { taskId, inputResponses })).result).toMatchObject({ resultType: 'complete' })
  }
}

const textOf = ({ result, error }: Outcome): string => (result?.['content'] as { text: string }[] | undefined)?.[0]?.text ?? JSON.stringify(error)

const RELATED = 'io.modelcontextprotocol/related-task'

/** Notices about a task, on the stream of the client's era, until one is `completed`. */
async function statusesOf({ client }: Cell): Promise<readonly Json[]> {
  const stop = new AbortController()
  const seen: Json[] = []
  const onMessage = (message: Json): void => {
    if (message['method'] === 'notifications/tasks/status' || message['method'] === 'notifications/tasks') seen.push(message['params'] as Json)
  }
  try {
    if (client.era === 'legacy') await client.listen({}, onMessage, stop.signal)
    const taskId = await start({ client }, 'slow_compute', { seconds: 2.5 })
    if (client.era === 'modern') await client.listen({ taskIds: [taskId] }, onMessage, stop.signal)
    await until(client, taskId, (status) => status === 'completed')
    for (let tries = 0; tries < 3_000 && !seen.some(({ status }) => status === 'completed') && (client.era === 'modern' || tries < 20); tries++) await sleep(20)
    // A legacy client’s stream also tells of its other tasks.
    const own = seen.filter((notice) => notice['taskId'] === taskId)
    if (client.era === 'modern') expect(own).toEqual(seen)
    return own
  } finally {
    stop.abort()
  }
}

export const TASK_CASES: Readonly<Record<string, Case>> = {
  'tasks.lifecycle': async ({ client }) => {
    const taskId = await start({ client }, 'slow_compute', { seconds: 2.5 })
    expect((await get(client, taskId)).result).toMatchObject({ taskId, status: 'working' })
    const outcome = await outcomeOf(client, taskId)
    expect(textOf(outcome)).toBe('computed')
    expect((await get(client, taskId)).result).toMatchObject({ taskId, status: 'completed' })
    if (client.era === 'legacy') expect(outcome.result?.['_meta']).toMatchObject({ [RELATED]: { taskId } })
    return undefined
  },
  'tasks.input': async ({ client }) => {
    const taskId = await start({ client }, 'confirm_delete', { filename: 'f.txt' })
    const outcome = await outcomeOf(client, taskId, () => ({ action: 'accept', content: { confirm: true } }))
    expect(outcome.questions).toMatchObject([{ method: 'elicitation/create', params: { message: 'Delete f.txt?' } }])
    const related = (outcome.questions[0]?.params['_meta'] as Json | undefined)?.[RELATED]
    if (related !== undefined && client.era === 'legacy') expect(related).toEqual({ taskId })
    expect(textOf(outcome)).toBe('deleted: {"confirm":true}')
    return undefined
  },
  'tasks.cancel': async ({ client }) => {
    const taskId = await start({ client }, 'slow_compute', { seconds: 30 })
    const { result, error } = await client.ask('tasks/cancel', { taskId })
    expect(error).toBeUndefined()
    expect(result).toMatchObject(client.era === 'legacy' ? { taskId, status: 'cancelled' } : { resultType: 'complete' })
    await until(client, taskId, (status) => status === 'cancelled')
    const again = await client.ask('tasks/cancel', { taskId })
    if (client.era === 'legacy') expect(again.error?.code).toBe(-32602)
    else expect(again.result).toMatchObject({ resultType: 'complete' })
    return undefined
  },
  'tasks.tool-error': async ({ client }) => {
    const taskId = await start({ client }, 'failing_job')
    expect((await outcomeOf(client, taskId)).result).toMatchObject({ isError: true })
    const task = await until(client, taskId, (status) => OVER.has(status))
    if (client.era === 'modern') expect(task['status']).toBe('completed')
    return undefined
  },
  'tasks.failed': async ({ client }) => {
    const taskId = await start({ client }, 'protocol_error_job')
    const { result, error } = await outcomeOf(client, taskId)
    expect(result).toBeUndefined()
    expect(error).toMatchObject({ code: -32603, message: 'The job could not be run.' })
    expect((await get(client, taskId)).result).toMatchObject({ status: 'failed' })
    return undefined
  },
  'tasks.list': async ({ client, stranger }) => {
    const listed = async (one: MatrixClient): Promise<Outcome> => one.ask('tasks/list')
    const taskId = await start({ client }, 'slow_compute', { seconds: 0 })
    const mine = await listed(client)
    if (!mine.result) return mine
    expect((mine.result['tasks'] as Json[]).map((task) => task['taskId'])).toContain(taskId)
    expect((((await listed(stranger)).result?.['tasks'] ?? []) as Json[]).map((task) => task['taskId'])).not.toContain(taskId)
    return undefined
  },
  'tasks.status': async (cell) => {
    const seen = await statusesOf(cell)
    const isSilent = cell.client.era === 'legacy' && cell.server === 'modern'
    expect(seen.map(({ status }) => status).includes('completed')).toBe(!isSilent)
    return undefined
  },
  'tasks.stranger': async (cell) => {
    const taskId = await start(cell, 'slow_compute', { seconds: 0 })
    expect((await cell.client.ask('tasks/get', { taskId })).error).toBeUndefined()
    return cell.stranger.ask('tasks/get', { taskId })
  },
  'tasks.without': async ({ client }) => {
    const outcome = await client.ask('tools/call', { name: 'failing_job', arguments: {} }, { capabilities: {} })
    if (!outcome.result) return outcome
    expect(outcome.result).toMatchObject({ isError: true, content: [{ text: 'The job failed.' }] })
    return undefined
  },
}
