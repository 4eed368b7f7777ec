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

export interface HandedTurnTable {
  id: string
  principal: string
  created_at: string
  expires_at: string
  bytes: number
  content: string
}

export interface HandedTurnCallTable {
  principal: string
  call_id: string
  turn: string
}

export interface McpToolPinTable {
  server: string
  tool: string
  approved_digest: string
  approved_definition: string
  approved_at: string
  changed_digest: string | null
  changed_definition: string | null
  changed_at: string | null
  /** A JSON list of digests. */
  variants: string | null
}

export interface McpTaskTable {
  id: string
  server: string
  upstream_id: string
  era: string
  tool: string | null
  principal: string
  owner: string | null
  created_at: string
}

export interface McpCallTable {
  id: string
  started_at: string
  principal: string
  server: string
  method: string
  name: string
  outcome: string
  error_class: string | null
  duration_ms: number
  attempts: number
  request_bytes: number
  result_bytes: number | null
  request_id: string | null
  arguments: string | null
}

export interface ConversationTable {
  id: string
  principal: string
  title: string
  settings: string
  is_favourite: number
  saved_name: string | null
  saved_at: string | null
  created_at: string
  updated_at: string
}

export interface ConversationMessageTable {
  conversation: string
  sequence: number
  role: string
  state: string
  content: string
  thinking: string
  facts: string
  created_at: string
}

export interface Schema {
  ledger: LedgerTable
  responses: ResponseTable
  mcp_sessions: McpSessionTable
  mcp_stream_entries: McpStreamEntryTable
  runs: RunTable
  run_steps: RunStepTable
  handed_turns: HandedTurnTable
  handed_turn_calls: HandedTurnCallTable
  conversations: ConversationTable
  conversation_messages: ConversationMessageTable
  mcp_tool_pins: McpToolPinTable
  mcp_calls: McpCallTable
  mcp_tasks: McpTaskTable
}
