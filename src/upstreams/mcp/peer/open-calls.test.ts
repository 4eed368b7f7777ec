import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../../lib/json-text.ts'
import { createOpenCalls } from './open-calls.ts'
import type { PendingRequest } from './pending-request.ts'

let lastId = 0

function request(asker: object | undefined, more: Partial<PendingRequest> = {}): PendingRequest {
  const call = { method: 'tools/call', params: undefined, signal: new AbortController().signal, ...(asker ? { asker } : {}) }
  return { id: ++lastId, method: 'tools/call', params: undefined, text: '', call, onNotification: undefined, sent: true, done: false, ...more }
}

const related = (taskId: string) => toJsonText({ _meta: { 'io.modelcontextprotocol/related-task': { taskId } } })

describe('createOpenCalls', () => {
  it('means the only call, whoever made it', () => {
    const open = createOpenCalls()
    const only = request(undefined)
    open.opened(only)
    expect(open.askedBy(undefined)).toBe(only)
  })

  it('means the newest of several calls of one asker', () => {
    const open = createOpenCalls()
    const session = {}
    const calls = [request(session), request(session), request(session)]
    for (const one of calls) open.opened(one)
    expect(open.askedBy(undefined)).toBe(calls[2])
    open.answered(calls[2] as PendingRequest)
    expect(open.askedBy(undefined)).toBe(calls[1])
  })

  it('names the cure when calls of several askers are open', () => {
    const open = createOpenCalls()
    open.opened(request({}))
    open.opened(request({}))
    expect(open.askedBy(undefined)).toBe('it may belong to any of 2 calls of different clients, and over stdio a server does not say to which; `isolation: per-session` gives every client its own')
  })

  it('never takes callers for one that do not say who they are', () => {
    const open = createOpenCalls()
    open.opened(request(undefined))
    open.opened(request(undefined))
    expect(open.askedBy(undefined)).toContain('isolation: per-session')
    expect(open.sole()).toBeUndefined()
  })

  it('counts a cancelled call of another asker that the server may still work on', () => {
    const open = createOpenCalls()
    const session = {}
    const gone = request({})
    open.opened(gone)
    open.opened(request(session))
    open.abandoned(gone)
    expect(open.askedBy(undefined)).toContain('any of 2 calls')
    open.settledLate(gone.id)
    expect(open.askedBy(undefined)).toBeTypeOf('object')
  })

  it('means who waits for the task that a question names, however many calls are open', () => {
    const open = createOpenCalls()
    const waits = request({}, { method: 'tasks/result', params: toJsonText({ taskId: 't1' }) })
    for (const one of [request({}), waits, request({}), request({}, { method: 'tasks/result', params: toJsonText({ taskId: 't2' }) })]) open.opened(one)
    expect(open.askedBy(related('t1'))).toBe(waits)
    expect(open.askedBy(related('t3'))).toBe('nobody waits for the result of its task')
  })
})
