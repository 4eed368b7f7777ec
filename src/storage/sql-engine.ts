export type SqlValue = string | number | bigint | null | Uint8Array

export interface Statement {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

export type SqlRow = Readonly<Record<string, SqlValue>>

/**
 * A database that runs statements off the HTTP loop. The stores above it are written in SQL that SQLite and PostgreSQL
 * share; an engine brings only the connection. Failures are `GatewayError` `storage_unavailable`.
 */
export interface SqlEngine extends AsyncDisposable {
  /** Settles once the statement is durable. Statements of one moment may share a commit; they keep their order. */
  write(statement: Statement): Promise<void>
  read(statement: Statement): Promise<readonly SqlRow[]>
}
