import { chmodSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { MIGRATIONS } from '../migrations/index.ts'
import type { SqlRow, Statement } from '../sql-engine.ts'
import type { Run, WriterAnswer, WriterOptions, WriterRequest } from './messages.ts'
import { migrate } from './migrate.ts'

/** Runs in a thread of its own: here an fsync stalls nobody's stream. What arrives while one commit runs shares the next. */

const port = parentPort
if (!port) throw new Error('this module runs as a worker thread')
const answer = (message: WriterAnswer): void => port.postMessage(message)
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const { file } = workerData as WriterOptions
const prepared = new Map<string, StatementSync>()
let waiting: Run[] = []

function open(): DatabaseSync {
  const opened = new DatabaseSync(file)
  chmodSync(file, 0o600)
  opened.exec('pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  migrate(opened, MIGRATIONS)
  return opened
}

function prepare(database: DatabaseSync, { sql }: Statement): StatementSync {
  let statement = prepared.get(sql)
  if (!statement) prepared.set(sql, (statement = database.prepare(sql)))
  return statement
}

function runOne(database: DatabaseSync, request: Run): void {
  database.exec('begin immediate')
  try {
    prepare(database, request.statement).run(...request.statement.values)
    database.exec('commit')
    answer({ kind: 'committed', ids: [request.id] })
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    answer({ kind: 'failed', ids: [request.id], reason: reasonOf(error) })
  }
}

/** One commit for all that waits. If any of it fails, each is tried alone, so that one bad row costs nobody else's. */
function flush(database: DatabaseSync): void {
  const batch = waiting
  waiting = []
  if (batch.length === 0) return
  try {
    database.exec('begin immediate')
    for (const { statement } of batch) prepare(database, statement).run(...statement.values)
    database.exec('commit')
    answer({ kind: 'committed', ids: batch.map(({ id }) => id) })
  } catch {
    if (database.isTransaction) database.exec('rollback')
    for (const request of batch) runOne(database, request)
  }
}

function serve(database: DatabaseSync): void {
  let scheduled = false
  port?.on('message', (request: WriterRequest) => {
    if (request.kind === 'run') {
      waiting.push(...request.runs)
      if (scheduled) return
      scheduled = true
      setImmediate(() => {
        scheduled = false
        flush(database)
      })
      return
    }
    flush(database)
    if (request.kind === 'close') {
      prepared.clear()
      database.close()
      answer({ kind: 'closed' })
      port?.close()
      return
    }
    try {
      const rows = prepare(database, request.statement).all(...request.statement.values) as SqlRow[]
      answer({ kind: 'rows', id: request.id, rows })
    } catch (error) {
      answer({ kind: 'failed', ids: [request.id], reason: reasonOf(error) })
    }
  })
}

try {
  serve(open())
  answer({ kind: 'ready' })
} catch (error) {
  answer({ kind: 'refused', reason: reasonOf(error) })
  port.close()
}
