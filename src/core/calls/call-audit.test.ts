import { describe, expect, it, vi } from 'vitest'
import type { CallRecord, CallRecordStore } from '../../storage/index.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { createCallAudit, type CallAudit } from './call-audit.ts'

const CALL: Omit<CallRecord, 'id'> = {
  startedAt: new Date('2026-11-21T10:00:00.000Z'), principal: 'one', server: 'some', method: 'tools/call', name: 'add', outcome: 'answered', errorClass: undefined, durationMs: 1,
  attempts: 1, requestBytes: 2, resultBytes: 3, requestId: undefined, arguments: undefined,
}

function createAudit(append: CallRecordStore['append']): CallAudit {
  const store: CallRecordStore = { append, find: () => Promise.resolve([]), trim: () => Promise.resolve() }
  return createCallAudit({ store, logger: silentLogger, settings: () => ({ enabled: true, retentionMs: 60_000, arguments: false }) })
}

describe('createCallAudit', () => {
  it('writes what it holds when it is disposed', async () => {
    const append = vi.fn(() => Promise.resolve())
    const audit = createAudit(append)
    audit.record(CALL)
    await audit[Symbol.asyncDispose]()
    expect(append).toHaveBeenCalledTimes(1)
  })

  it('begins nothing after that', async () => {
    const audit = createAudit(() => Promise.resolve())
    await audit[Symbol.asyncDispose]()
    vi.useFakeTimers()
    try {
      audit.record(CALL)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
