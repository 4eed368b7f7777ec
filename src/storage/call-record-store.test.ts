import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../lib/json-text.ts'
import type { CallRecord, CallQuery } from './call-records.ts'
import { openStorage, type Storage } from './storage.ts'

let directory: string
let storage: Storage
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-calls-'))
  storage = await openStorage({ directory })
})
afterEach(async () => {
  await storage[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const record = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  startedAt: new Date('2026-11-21T10:00:00Z'),
  principal: 'ann',
  server: 's',
  method: 'tools/call',
  name: 't',
  outcome: 'answered',
  errorClass: undefined,
  durationMs: 1.5,
  attempts: 1,
  requestBytes: 10,
  resultBytes: 20,
  requestId: 'req_1',
  arguments: undefined,
  ...more,
})

const ids = async (query: Partial<CallQuery> = {}): Promise<readonly string[]> => (await storage.callRecords.find({ limit: 1000, ...query })).map(({ id }) => id)

describe('createCallRecordStore', () => {
  it('gives back what it was given, also after it was opened anew', async () => {
    const all = [record('a', { arguments: '{"2":1,"1":1e400}' as JsonText }), record('b', { outcome: 'failed', errorClass: 'timeout', resultBytes: undefined, requestId: undefined })]
    await storage.callRecords.append(all)
    await storage[Symbol.asyncDispose]()
    storage = await openStorage({ directory })
    expect(await storage.callRecords.find({ limit: 10 })).toEqual(all.toReversed())
  })

  it('takes many at once, each of them once', async () => {
    const many = Array.from({ length: 750 }, (_, index) => record(String(index).padStart(4, '0')))
    await storage.callRecords.append(many)
    await storage.callRecords.append(many.slice(0, 10))
    await storage.callRecords.append([])
    expect(await ids()).toHaveLength(750)
  })

  it('finds by every question, page by page, and forgets what is old', async () => {
    const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 21, 10, minute))
    await storage.callRecords.append([
      record('a', { startedAt: at(1), server: 'x' }),
      record('b', { startedAt: at(2), principal: 'bob', errorClass: 'timeout', outcome: 'timeout' }),
      record('c', { startedAt: at(2), name: 'other' }),
      record('d', { startedAt: at(3), requestId: 'req_9' }),
    ])
    expect(await ids()).toEqual(['d', 'c', 'b', 'a'])
    expect(await ids({ after: { startedAt: at(2), id: 'c' } })).toEqual(['b', 'a'])
    expect(await ids({ server: 'x' })).toEqual(['a'])
    expect(await ids({ principal: 'bob', errorClass: 'timeout', outcome: 'timeout' })).toEqual(['b'])
    expect(await ids({ name: 'other' })).toEqual(['c'])
    expect(await ids({ requestId: 'req_9' })).toEqual(['d'])
    expect(await ids({ since: at(2), until: at(3) })).toEqual(['c', 'b'])
    expect(await ids({ limit: 2 })).toEqual(['d', 'c'])
    await storage.callRecords.trim(at(2))
    expect(await ids()).toEqual(['d', 'c', 'b'])
  })
})
