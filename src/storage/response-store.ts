import type { JsonText } from '../lib/json-text.ts'
import { queries } from './queries.ts'
import type { ResponseStore, StoredResponse } from './responses.ts'
import type { ResponseTable } from './schema.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'

function toTable(response: StoredResponse): ResponseTable {
  return {
    id: response.id,
    principal: response.principal,
    created_at: response.createdAt.toISOString(),
    expires_at: response.expiresAt.toISOString(),
    public_model: response.publicModel,
    provider: response.provider,
    model: response.model,
    place: response.place,
    status: response.status,
    is_background: response.isBackground ? 1 : 0,
    previous_id: response.previousId ?? null,
    input: response.input ?? null,
    body: response.body ?? null,
  }
}

const text = (value: SqlValue | undefined): string => String(value)
const jsonText = (value: SqlValue | undefined): JsonText | undefined => (typeof value === 'string' ? (value as JsonText) : undefined)

function fromTable(row: SqlRow): StoredResponse {
  return {
    id: text(row['id']),
    principal: text(row['principal']),
    createdAt: new Date(text(row['created_at'])),
    expiresAt: new Date(text(row['expires_at'])),
    publicModel: text(row['public_model']),
    provider: text(row['provider']),
    model: text(row['model']),
    place: text(row['place']) as StoredResponse['place'],
    status: text(row['status']) as StoredResponse['status'],
    isBackground: row['is_background'] === 1,
    previousId: typeof row['previous_id'] === 'string' ? row['previous_id'] : undefined,
    input: jsonText(row['input']),
    body: jsonText(row['body']),
  }
}

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

export function createResponseStore(engine: SqlEngine): ResponseStore {
  const table = queries.selectFrom('responses').selectAll()
  return {
    save(response) {
      const { id, ...rest } = toTable(response)
      return engine.write(statement(queries.insertInto('responses').values({ id, ...rest }).onConflict((on) => on.column('id').doUpdateSet(rest)).compile()))
    },
    async find(id) {
      const [row] = await engine.read(statement(table.where('id', '=', id).compile()))
      return row && fromTable(row)
    },
    remove: (id) => engine.write(statement(queries.deleteFrom('responses').where('id', '=', id).compile())),
    async listUnfinished() {
      const query = table.where('place', '=', 'gateway').where('status', 'in', ['queued', 'in_progress'])
      return (await engine.read(statement(query.compile()))).map(fromTable)
    },
    removeExpired: (now) => engine.write(statement(queries.deleteFrom('responses').where('expires_at', '<', now.toISOString()).compile())),
    keepNewest(principal, count) {
      const oldestKept = queries.selectFrom('responses').select('created_at').where('principal', '=', principal).orderBy('created_at', 'desc').limit(1).offset(Math.max(count - 1, 0))
      return engine.write(statement(queries.deleteFrom('responses').where('principal', '=', principal).where('created_at', '<', oldestKept).compile()))
    },
  }
}
