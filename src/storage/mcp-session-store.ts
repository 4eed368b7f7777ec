import type { JsonText } from '../lib/json-text.ts'
import type { McpSessionStore, StoredMcpSession, StoredStreamEntry } from './mcp-sessions.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'

const text = (value: SqlValue | undefined): string => String(value)

function toSession(row: SqlRow): StoredMcpSession {
  return {
    digest: text(row['id_digest']),
    principal: text(row['principal']),
    filter: text(row['filter']) as JsonText,
    facts: text(row['facts']) as JsonText,
    expiresAt: new Date(text(row['expires_at'])),
  }
}

function toEntry(row: SqlRow): StoredStreamEntry {
  return {
    session: text(row['session']),
    sequence: Number(row['sequence']),
    stream: text(row['stream']),
    kind: text(row['kind']) as StoredStreamEntry['kind'],
    message: text(row['message']),
  }
}

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

export function createMcpSessionStore(engine: SqlEngine): McpSessionStore {
  const entriesOf = (session: string) => queries.deleteFrom('mcp_stream_entries').where('session', '=', session)
  return {
    save({ digest, principal, filter, facts, expiresAt }) {
      const rest = { principal, filter, facts, expires_at: expiresAt.toISOString() }
      return engine.write(statement(queries.insertInto('mcp_sessions').values({ id_digest: digest, ...rest }).onConflict((on) => on.column('id_digest').doUpdateSet(rest)).compile()))
    },
    async find(digest) {
      const [row] = await engine.read(statement(queries.selectFrom('mcp_sessions').selectAll().where('id_digest', '=', digest).compile()))
      return row && toSession(row)
    },
    async remove(digest) {
      await Promise.all([
        engine.write(statement(queries.deleteFrom('mcp_sessions').where('id_digest', '=', digest).compile())),
        engine.write(statement(entriesOf(digest).compile())),
      ])
    },
    append: (entry) => engine.write(statement(queries.insertInto('mcp_stream_entries').values(entry).onConflict((on) => on.columns(['session', 'sequence']).doNothing()).compile())),
    async entries(session) {
      const query = queries.selectFrom('mcp_stream_entries').selectAll().where('session', '=', session).orderBy('sequence')
      return (await engine.read(statement(query.compile()))).map(toEntry)
    },
    removeEntry: (session, sequence) => engine.write(statement(entriesOf(session).where('sequence', '=', sequence).compile())),
    removeStream: (session, stream) => engine.write(statement(entriesOf(session).where('stream', '=', stream).compile())),
    async trim(now, count) {
      const lastKept = queries.selectFrom('mcp_sessions').select('expires_at').orderBy('expires_at', 'desc').limit(1).offset(Math.max(count - 1, 0))
      await Promise.all([
        engine.write(statement(queries.deleteFrom('mcp_sessions').where('expires_at', '<=', now.toISOString()).compile())),
        engine.write(statement(queries.deleteFrom('mcp_sessions').where('expires_at', '<', lastKept).compile())),
        engine.write(statement(queries.deleteFrom('mcp_stream_entries').where('session', 'not in', queries.selectFrom('mcp_sessions').select('id_digest')).compile())),
      ])
    },
  }
}
