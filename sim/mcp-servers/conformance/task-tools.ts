import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { asString } from './as-string.ts'
import { text } from './fixture-context.ts'
import { FixtureError } from './fixture-error.ts'
import type { Requests, TaskBody } from './fixture-tasks.ts'

/** A tool that runs as a task. */
export interface TaskTool {
  readonly listed: JsonObject
  readonly support: 'optional' | 'required'
  /** Asked before the task is made, under these keys; the answers come to `body`. */
  readonly before?: Requests
  readonly body: (given: JsonObject, before: Readonly<Record<string, JsonObject>>) => TaskBody
}

function taskTool(name: string, description: string, support: TaskTool['support'], body: TaskTool['body'], before?: Requests): TaskTool {
  const listed = { name, description, inputSchema: { type: 'object' }, execution: { taskSupport: support } }
  return { listed, support, body, ...(before ? { before } : {}) }
}

const confirm = (message: string): Requests[string] => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties: { confirm: { type: 'boolean' }, name: { type: 'string' } } } },
})

const NAME: Requests = {
  user_name: { method: 'elicitation/create', params: { message: 'What is your name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } } },
}

const contentOf = (answer: JsonObject | undefined): JsonObject => (answer && isJsonObject(answer['content']) ? answer['content'] : {})

export const TASK_TOOLS: readonly TaskTool[] = [
  taskTool('slow_compute', 'Takes a while.', 'optional', ({ seconds }) => async ({ signal, progress }) => {
    for (let step = 1; step <= 4; step++) {
      await sleep((Number(seconds) || 0) * 250, undefined, { signal })
      progress(step, 4)
    }
    return text('computed')
  }),
  taskTool('failing_job', 'Fails as a tool.', 'required', () => async ({ signal }) => {
    await sleep(300, undefined, { signal })
    return { ...text('The job failed.'), isError: true }
  }),
  taskTool('protocol_error_job', 'Fails as a request.', 'optional', () => async ({ signal }) => {
    await sleep(100, undefined, { signal })
    throw new FixtureError(-32603, 'The job could not be run.')
  }),
  taskTool('confirm_delete', 'Asks before it deletes.', 'optional', ({ filename }) => async ({ ask }) => {
    const answers = await ask({ confirmation: confirm(`Delete ${asString(filename) || 'it'}?`) })
    return text(`deleted: ${JSON.stringify(contentOf(answers['confirmation']))}`)
  }),
  taskTool('multi_input', 'Asks two things at once.', 'optional', () => async ({ ask }) => {
    const answers = await ask({ first: confirm('First?'), second: confirm('Second?') })
    return text(`both: ${JSON.stringify([contentOf(answers['first']), contentOf(answers['second'])])}`)
  }),
  taskTool('test_tool_with_task', 'Asks for a name, then takes a while.', 'required', (_given, before) => async ({ signal }) => {
    await sleep(50, undefined, { signal })
    return text(`Hello, ${asString(contentOf(before['user_name'])['name'])}, from a task!`)
  }, NAME),
]
