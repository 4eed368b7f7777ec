import type { McpTaskStore, StoredMcpTask } from './mcp-tasks.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

const text = (value: SqlValue | undefined): string => String(value)
const optional = (value: SqlValue | undefined): string | undefined => (value === null || value === undefined ? undefined : String(value))

function toTask(row: SqlRow): StoredMcpTask {
  return {
    id: text(row['id']),
    server: text(row['server']),
    upstreamId: text(row['upstream_id']),
    era: row['era'] === 'modern' ? 'modern' : 'legacy',
    tool: optional(row['tool']),
    principal: text(row['principal']),
    owner: optional(row['owner']),
    createdAt: new Date(text(row['created_at'])),
  }
}

export function createMcpTaskStore(engine: SqlEngine): McpTaskStore {
  return {
    all: async () => (await engine.read(statement(queries.selectFrom('mcp_tasks').selectAll().orderBy('created_at').compile()))).map(toTask),
    save({ id, server, upstreamId, era, tool, principal, owner, createdAt }) {
      const rest = { server, upstream_id: upstreamId, era, tool: tool ?? null, principal, owner: owner ?? null, created_at: createdAt.toISOString() }
      return engine.write(statement(queries.insertInto('mcp_tasks').values({ id, ...rest }).onConflict((on) => on.column('id').doUpdateSet(rest)).compile()))
    },
    remove: (id) => engine.write(statement(queries.deleteFrom('mcp_tasks').where('id', '=', id).compile())),
    trim: (before) => engine.write(statement(queries.deleteFrom('mcp_tasks').where('created_at', '<', before.toISOString()).compile())),
  }
}
