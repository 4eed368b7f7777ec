import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError } from '../../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, readMember, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { McpUpstream } from '../../../upstreams/mcp/index.ts'
import { createOpenQuestions } from './open-questions.ts'
import { TASK_WAIT_MS, type TaskSource, type TaskWait } from './task-source.ts'
import { isOver, readText, toExtensionTask } from './task-text.ts'

/** A server that wants input asks as soon as somebody waits for the result; this is how long its question is waited for. */
const QUESTION_WAIT_MS = 300

const QUOTED = { working: toJsonText('working'), asking: toJsonText('input_required'), completed: toJsonText('completed'), failed: toJsonText('failed'), type: toJsonText('complete') }

function writeError({ code, message, data }: RpcError): JsonText {
  return editMembers(toJsonText({ code, message }), { data })
}

/** A task of a server of revision 2025-11-25. */
export function createLegacyTask(upstream: McpUpstream, taskId: string): TaskSource {
  const params = toJsonText({ taskId })
  const stop = new AbortController()
  const questions = createOpenQuestions()
  let waiting: Promise<JsonText | RpcError> | undefined

  const request = (method: string, signal: AbortSignal): Promise<JsonText> => upstream.call({ method, params, signal })

  function finish({ signal, ask, asker, onServerNotification }: TaskWait): Promise<JsonText> {
    return upstream.call({
      method: 'tasks/result',
      params,
      signal,
      timeoutMs: TASK_WAIT_MS,
      ...(ask ? { onServerRequest: ask } : {}),
      ...(asker ? { asker } : {}),
      ...(onServerNotification ? { onServerNotification } : {}),
    })
  }

  /** For a modern client the gateway waits for the result, so that the server can ask; the client fetches what was asked. */
  async function wait(): Promise<JsonText | RpcError> {
    try {
      return await finish({ signal: stop.signal, ask: (method, asked) => questions.ask(method, asked) })
    } catch (error) {
      if (error instanceof RpcError) return error
      waiting = undefined
      throw error
    }
  }

  async function outcome(signal: AbortSignal): Promise<JsonText | RpcError> {
    waiting ??= wait()
    const left = Promise.withResolvers<never>()
    const onAbort = (): void => left.reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      return await Promise.race([waiting, left.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async function gather(task: JsonText, signal: AbortSignal): Promise<void> {
    if (readText(task, 'status') !== 'input_required') return
    waiting ??= wait()
    // Whoever asks for the task later sees what became of it.
    waiting.catch(() => undefined)
    await Promise.race([questions.asked, sleep(QUESTION_WAIT_MS, undefined, { signal }).catch(() => undefined)])
  }

  async function detail(signal: AbortSignal): Promise<JsonText> {
    const task = await request('tasks/get', signal)
    if (!isOver(task)) {
      await gather(task, signal)
      const inputRequests = questions.text()
      return toExtensionTask(task, { status: inputRequests === undefined ? QUOTED.working : QUOTED.asking, inputRequests, resultType: QUOTED.type })
    }
    if (readText(task, 'status') === 'cancelled') return toExtensionTask(task, { resultType: QUOTED.type })
    const ended = await outcome(signal)
    if (ended instanceof RpcError) return toExtensionTask(task, { status: QUOTED.failed, error: writeError(ended), resultType: QUOTED.type })
    const meta = readMember(ended, '_meta')
    const result = meta?.includes('related-task') ? editMembers(ended, { _meta: undefined }) : ended
    return toExtensionTask(task, { status: QUOTED.completed, result: result === '' ? EMPTY_OBJECT : result, resultType: QUOTED.type })
  }

  return {
    era: 'legacy',
    read: (signal) => request('tasks/get', signal),
    detail,
    finish,
    answer: async (responses) => questions.answer(responses),
    cancel: (signal) => request('tasks/cancel', signal),
    [Symbol.dispose]() {
      questions[Symbol.dispose]()
      stop.abort()
    },
  }
}
