import type { JsonText } from '../lib/json-text.ts'
import type { CallQuery, CallRecord, CallRecordStore } from './call-records.ts'
import { queries } from './queries.ts'
import type { McpCallTable } from './schema.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'

/** Far below the number of values that one statement may have. */
const ROWS_PER_WRITE = 200

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

const text = (value: SqlValue | undefined): string => String(value)
const textOrNothing = (value: SqlValue | undefined): string | undefined => (value === null || value === undefined ? undefined : String(value))

function toRecord(row: SqlRow): CallRecord {
  return {
    id: text(row['id']),
    startedAt: new Date(text(row['started_at'])),
    principal: text(row['principal']),
    server: text(row['server']),
    method: text(row['method']),
    name: text(row['name']),
    outcome: text(row['outcome']),
    errorClass: textOrNothing(row['error_class']),
    durationMs: Number(row['duration_ms']),
    attempts: Number(row['attempts']),
    requestBytes: Number(row['request_bytes']),
    resultBytes: row['result_bytes'] === null ? undefined : Number(row['result_bytes']),
    requestId: textOrNothing(row['request_id']),
    arguments: textOrNothing(row['arguments']) as JsonText | undefined,
  }
}

function toRow(record: CallRecord): McpCallTable {
  return {
    id: record.id,
    started_at: record.startedAt.toISOString(),
    principal: record.principal,
    server: record.server,
    method: record.method,
    name: record.name,
    outcome: record.outcome,
    error_class: record.errorClass ?? null,
    duration_ms: record.durationMs,
    attempts: record.attempts,
    request_bytes: record.requestBytes,
    result_bytes: record.resultBytes ?? null,
    request_id: record.requestId ?? null,
    arguments: record.arguments ?? null,
  }
}

const EQUALS = { server: 'server', name: 'name', principal: 'principal', outcome: 'outcome', errorClass: 'error_class', requestId: 'request_id' } as const

function select(query: CallQuery): Compiled {
  let wanted = queries.selectFrom('mcp_calls').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc').limit(query.limit)
  for (const [key, column] of Object.entries(EQUALS) as [keyof typeof EQUALS, (typeof EQUALS)[keyof typeof EQUALS]][]) {
    const value = query[key]
    if (value !== undefined) wanted = wanted.where(column, '=', value)
  }
  if (query.since) wanted = wanted.where('started_at', '>=', query.since.toISOString())
  if (query.until) wanted = wanted.where('started_at', '<', query.until.toISOString())
  const { after } = query
  if (after) {
    const at = after.startedAt.toISOString()
    wanted = wanted.where((is) => is.or([is('started_at', '<', at), is.and([is('started_at', '=', at), is('id', '<', after.id)])]))
  }
  return wanted.compile()
}

export function createCallRecordStore(engine: SqlEngine): CallRecordStore {
  return {
    async append(records) {
      const writes: Promise<void>[] = []
      for (let at = 0; at < records.length; at += ROWS_PER_WRITE) {
        const rows = records.slice(at, at + ROWS_PER_WRITE).map(toRow)
        writes.push(engine.write(statement(queries.insertInto('mcp_calls').values(rows).onConflict((on) => on.column('id').doNothing()).compile())))
      }
      await Promise.all(writes)
    },
    find: async (query) => (await engine.read(statement(select(query)))).map(toRecord),
    trim: (before) => engine.write(statement(queries.deleteFrom('mcp_calls').where('started_at', '<', before.toISOString()).compile())),
  }
}
