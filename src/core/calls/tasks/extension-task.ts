import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../../domain/errors.ts'
import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, readMembers, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { isJsonObject } from '../../../lib/json.ts'
import type { McpUpstream } from '../../../upstreams/mcp/index.ts'
import { answerRequests } from '../drive-input.ts'
import { TASK_WAIT_MS, type TaskSource, type TaskWait } from './task-source.ts'
import { readMs, readText, TASKS_EXTENSION } from './task-text.ts'

const POLL_MS = { usual: 500, least: 20, most: 60_000 }

/** What the gateway says of itself when it asks about a task. */
export const TASKS_META = { 'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS_EXTENSION]: {} } } } as const

function errorOf(task: JsonText): RpcError {
  const text = readMember(task, 'error')
  const error = text === undefined ? undefined : parseJsonText(text)
  if (!isJsonObject(error)) return new RpcError(RPC.internalError, `The task ended as ${readText(task, 'status') ?? 'unknown'}.`)
  const { code, message } = error
  return new RpcError(typeof code === 'number' ? code : RPC.internalError, typeof message === 'string' ? message : 'The task failed.', text && readMember(text, 'data'))
}

/** The questions that were not asked yet, as an object of requests. */
function unasked(task: JsonText, asked: ReadonlySet<string>): JsonText | undefined {
  const requests = readMember(task, 'inputRequests')
  if (requests === undefined) return undefined
  const known = readMembers(requests).map(({ key }) => key)
  if (known.every((key) => asked.has(key))) return undefined
  return editMembers(requests, Object.fromEntries(known.filter((key) => asked.has(key)).map((key) => [key, undefined])))
}

/** A task of a server of revision 2026-07-28. @see SEP-2663 */
export function createExtensionTask(upstream: McpUpstream, taskId: string): TaskSource {
  const request = (method: string, signal: AbortSignal, more: Readonly<Record<string, JsonText>> = {}): Promise<JsonText> =>
    upstream.call({ method, params: editMembers(toJsonText({ taskId, _meta: TASKS_META }), more), signal })
  const read = (signal: AbortSignal): Promise<JsonText> => request('tasks/get', signal)
  const answer = async (responses: JsonText, signal: AbortSignal): Promise<void> => {
    await request('tasks/update', signal, { inputResponses: responses })
  }

  async function askAll(requests: JsonText, { ask, signal }: TaskWait): Promise<void> {
    if (!ask) throw new RpcError(RPC.internalError, 'The task needs input that this client cannot give.')
    await answer(await answerRequests(requests, ask), signal)
  }

  async function finish(wait: TaskWait): Promise<JsonText> {
    const until = Date.now() + TASK_WAIT_MS
    const asked = new Set<string>()
    while (Date.now() < until) {
      const task = await read(wait.signal)
      const status = readText(task, 'status')
      if (status === 'completed') return readMember(task, 'result') ?? EMPTY_OBJECT
      if (status === 'failed' || status === 'cancelled') throw errorOf(task)
      const requests = status === 'input_required' ? unasked(task, asked) : undefined
      if (requests !== undefined) {
        for (const { key } of readMembers(requests)) asked.add(key)
        await askAll(requests, wait)
      }
      const pollMs = readMs(task, 'pollIntervalMs') ?? POLL_MS.usual
      try {
        await sleep(Math.min(Math.max(pollMs, POLL_MS.least), POLL_MS.most), undefined, { signal: wait.signal })
      } catch (error) {
        throw new GatewayError('cancelled', 'Waiting for the task was cancelled.', { cause: error })
      }
    }
    throw new GatewayError('upstream_timeout', `The task did not end within ${TASK_WAIT_MS} ms.`)
  }

  return { era: 'modern', read, detail: read, finish, answer, cancel: (signal) => request('tasks/cancel', signal), [Symbol.dispose]: () => undefined }
}
