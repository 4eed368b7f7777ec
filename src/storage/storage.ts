import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'
import type { CallRecordStore } from './call-records.ts'
import { createCallRecordStore } from './call-record-store.ts'
import { createConversationStore } from './conversation-store.ts'
import type { ConversationStore } from './conversations.ts'
import type { LedgerStore } from './ledger.ts'
import { createLedgerStore } from './ledger-store.ts'
import { createMcpSessionStore } from './mcp-session-store.ts'
import type { McpSessionStore } from './mcp-sessions.ts'
import { createResponseStore } from './response-store.ts'
import type { ResponseStore } from './responses.ts'
import { createRunStore } from './run-store.ts'
import type { RunStore } from './runs.ts'
import { openSqliteEngine } from './sqlite/engine.ts'
import { createMcpTaskStore } from './mcp-task-store.ts'
import type { McpTaskStore } from './mcp-tasks.ts'
import { createToolPinStore } from './tool-pin-store.ts'
import type { ToolPinStore } from './tool-pins.ts'

/** Everything that must survive a restart. Closing it waits until what was accepted is on disk. */
export interface Storage extends AsyncDisposable {
  readonly ledger: LedgerStore
  readonly responses: ResponseStore
  readonly mcpSessions: McpSessionStore
  readonly runs: RunStore
  readonly conversations: ConversationStore
  readonly toolPins: ToolPinStore
  readonly callRecords: CallRecordStore
  readonly mcpTasks: McpTaskStore
}

/** Opens, and where needed makes, the embedded database `trunkline.db` in the data directory. Rejects with `storage_unavailable`. */
export async function openStorage({ directory }: { readonly directory: string }): Promise<Storage> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new GatewayError('storage_unavailable', `Expected to write into the data directory \`${directory}\`: ${(error as Error).message}. Choose another with \`--data\` or TRUNKLINE_DATA.`, { cause: error })
  }
  const engine = await openSqliteEngine({ file: join(directory, 'trunkline.db') })
  return {
    ledger: createLedgerStore(engine),
    responses: createResponseStore(engine),
    mcpSessions: createMcpSessionStore(engine),
    runs: createRunStore(engine),
    conversations: createConversationStore(engine),
    toolPins: createToolPinStore(engine),
    callRecords: createCallRecordStore(engine),
    mcpTasks: createMcpTaskStore(engine),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
