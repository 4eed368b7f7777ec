import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { editMembers, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { TaskSource } from './task-source.ts'

/** A task that a client asked for and whose server answered at once. */
export function createEndedTask(result: JsonText): TaskSource {
  const now = new Date().toISOString()
  const facts = toJsonText({ resultType: 'complete', taskId: '', status: 'completed', createdAt: now, lastUpdatedAt: now, ttlMs: null })
  const task = editMembers(facts, { result })
  return {
    era: 'modern',
    read: () => Promise.resolve(task),
    detail: () => Promise.resolve(task),
    finish: () => Promise.resolve(result),
    answer: () => Promise.resolve(),
    cancel: () => Promise.reject(new RpcError(RPC.invalidParams, 'The task is over.')),
    [Symbol.dispose]: () => undefined,
  }
}
