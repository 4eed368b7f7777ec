import { ledger } from './0001-ledger.ts'
import { responses } from './0002-responses.ts'
import { mcpSessions } from './0003-mcp-sessions.ts'
import { ledgerCosts } from './0004-ledger-costs.ts'
import { runs } from './0005-runs.ts'
import { conversations } from './0006-conversations.ts'
import { toolPins } from './0007-tool-pins.ts'
import { mcpCalls } from './0008-mcp-calls.ts'
import { toolPinVariants } from './0009-tool-pin-variants.ts'
import { mcpTasks } from './0010-mcp-tasks.ts'
import { handedTurns } from './0011-handed-turns.ts'
import type { Migration } from './migration.ts'

/** The whole history, oldest first. A released migration is never edited. */
export const MIGRATIONS: readonly Migration[] = [ledger, responses, mcpSessions, ledgerCosts, runs, conversations, toolPins, mcpCalls, toolPinVariants, mcpTasks, handedTurns]
