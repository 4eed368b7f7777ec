/** The tables as Kysely sees them. Times are ISO 8601 in UTC, JSON is text: the same in SQLite and PostgreSQL. */
export interface LedgerTable {
  attempt_id: string
  exchange_id: string
  request_id: string
  principal: string
  started_at: string
  duration_ms: number
  surface: string
  provider: string
  model: string
  public_model: string
  outcome: string
  status: number
  stream: number
  input_tokens: number | null
  cache_read_tokens: number | null
  cache_write_tokens: number | null
  output_tokens: number | null
  reasoning_tokens: number | null
  usage_raw: string | null
  usage_source: string
  cost_micros: number | null
}

export interface ResponseTable {
  id: string
  principal: string
  created_at: string
  expires_at: string
  public_model: string
  provider: string
  model: string
  place: string
  status: string
  is_background: number
  previous_id: string | null
  input: string | null
  body: string | null
}

export interface McpSessionTable {
  id_digest: string
  principal: string
  filter: string
  facts: string
  expires_at: string
}

export interface McpStreamEntryTable {
  session: string
  sequence: number
  stream: string
  kind: string
  message: string
}

export interface RunTable {
  id: string
  started_at: string
  request: string
}

export interface RunStepTable {
  run: string
  sequence: number
  kind: string
  content: string
}

export interface Schema {
  ledger: LedgerTable
  responses: ResponseTable
  mcp_sessions: McpSessionTable
  mcp_stream_entries: McpStreamEntryTable
  runs: RunTable
  run_steps: RunStepTable
}
