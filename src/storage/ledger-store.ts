import { sql } from 'kysely'
import type { UsageSum } from '../domain/usage-sum.ts'
import type { Usage } from '../domain/usage.ts'
import type { JsonObject } from '../lib/json.ts'
import type { LedgerRow, LedgerStore } from './ledger.ts'
import type { LedgerTable } from './schema.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlRow, SqlValue } from './sql-engine.ts'

function toTable(row: LedgerRow): LedgerTable {
  const { usage } = row
  return {
    attempt_id: row.attemptId,
    exchange_id: row.exchangeId,
    request_id: row.requestId,
    principal: row.principal,
    started_at: row.startedAt.toISOString(),
    duration_ms: row.durationMs,
    surface: row.surface,
    provider: row.provider,
    model: row.model,
    public_model: row.publicModel,
    outcome: row.outcome,
    status: row.status,
    stream: row.stream ? 1 : 0,
    input_tokens: usage?.input.total ?? null,
    cache_read_tokens: usage?.input.cacheRead ?? null,
    cache_write_tokens: usage?.input.cacheWrite ?? null,
    output_tokens: usage?.output.total ?? null,
    reasoning_tokens: usage?.output.reasoning ?? null,
    usage_raw: usage?.raw === undefined ? null : JSON.stringify(usage.raw),
    usage_source: row.usageSource,
    cost_micros: row.costMicros ?? null,
  }
}

const text = (value: SqlValue | undefined): string => String(value)
const number = (value: SqlValue | undefined): number => Number(value ?? 0)

function readUsage(row: SqlRow): Usage | undefined {
  if (row['input_tokens'] === null && row['output_tokens'] === null) return undefined
  const raw = row['usage_raw']
  return {
    input: { total: number(row['input_tokens']), cacheRead: number(row['cache_read_tokens']), cacheWrite: number(row['cache_write_tokens']) },
    output: { total: number(row['output_tokens']), reasoning: number(row['reasoning_tokens']) },
    raw: typeof raw === 'string' ? (JSON.parse(raw) as JsonObject) : undefined,
  }
}

function fromTable(row: SqlRow): LedgerRow {
  return {
    attemptId: text(row['attempt_id']),
    exchangeId: text(row['exchange_id']),
    requestId: text(row['request_id']),
    principal: text(row['principal']),
    startedAt: new Date(text(row['started_at'])),
    durationMs: number(row['duration_ms']),
    surface: text(row['surface']),
    provider: text(row['provider']),
    model: text(row['model']),
    publicModel: text(row['public_model']),
    outcome: text(row['outcome']) as LedgerRow['outcome'],
    status: number(row['status']),
    stream: row['stream'] === 1,
    usage: readUsage(row),
    usageSource: text(row['usage_source']) as LedgerRow['usageSource'],
    costMicros: row['cost_micros'] === null ? undefined : number(row['cost_micros']),
  }
}

/** Times are ISO 8601 in UTC: their first ten letters are the day. */
const SUMS = [
  sql<string>`substr(started_at, 1, 10)`.as('day'),
  'provider',
  'model',
  sql<number>`count(*)`.as('attempts'),
  sql<number>`sum(case when usage_source = 'estimated' then 1 else 0 end)`.as('estimated'),
  sql<number>`sum(case when usage_source <> 'none' and cost_micros is null then 1 else 0 end)`.as('unpriced'),
  sql<number>`sum(input_tokens)`.as('input_tokens'),
  sql<number>`sum(cache_read_tokens)`.as('cache_read_tokens'),
  sql<number>`sum(cache_write_tokens)`.as('cache_write_tokens'),
  sql<number>`sum(output_tokens)`.as('output_tokens'),
  sql<number>`sum(reasoning_tokens)`.as('reasoning_tokens'),
  sql<number>`sum(cost_micros)`.as('cost_micros'),
] as const

function readSum(row: SqlRow): UsageSum {
  return {
    day: text(row['day']),
    provider: text(row['provider']),
    model: text(row['model']),
    attempts: number(row['attempts']),
    estimated: number(row['estimated']),
    unpriced: number(row['unpriced']),
    inputTokens: number(row['input_tokens']),
    cacheReadTokens: number(row['cache_read_tokens']),
    cacheWriteTokens: number(row['cache_write_tokens']),
    outputTokens: number(row['output_tokens']),
    reasoningTokens: number(row['reasoning_tokens']),
    costMicros: number(row['cost_micros']),
  }
}

export function createLedgerStore(engine: SqlEngine): LedgerStore {
  // One statement text for every row: it is compiled here once and prepared by the engine once.
  let insert: { readonly sql: string; readonly columns: readonly (keyof LedgerTable)[] } | undefined
  return {
    append(row) {
      const table = toTable(row)
      if (!insert) {
        const compiled = queries.insertInto('ledger').values(table).onConflict((on) => on.column('attempt_id').doNothing()).compile()
        insert = { sql: compiled.sql, columns: Object.keys(table) as (keyof LedgerTable)[] }
      }
      return engine.write({ sql: insert.sql, values: insert.columns.map((column) => table[column]) })
    },
    async list({ since, limit = 100 }) {
      let query = queries.selectFrom('ledger').selectAll().orderBy('started_at', 'desc').limit(limit)
      if (since) query = query.where('started_at', '>=', since.toISOString())
      const { sql, parameters } = query.compile()
      return (await engine.read({ sql, values: parameters as readonly SqlValue[] })).map(fromTable)
    },
    async sum({ since, until }) {
      let query = queries.selectFrom('ledger').select(SUMS).groupBy(['day', 'provider', 'model']).orderBy('day', 'desc').orderBy('provider').orderBy('model')
      if (since) query = query.where('started_at', '>=', since.toISOString())
      if (until) query = query.where('started_at', '<', until.toISOString())
      const compiled = query.compile()
      return (await engine.read({ sql: compiled.sql, values: compiled.parameters as readonly SqlValue[] })).map(readSum)
    },
    async count() {
      const { sql } = queries.selectFrom('ledger').select((on) => on.fn.countAll().as('rows')).compile()
      const [row] = await engine.read({ sql, values: [] })
      return number(row?.['rows'])
    },
  }
}
