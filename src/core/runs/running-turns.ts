import type { HostedCall } from '../../dialects/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { ExchangeRequest, ExchangeService } from '../exchange/index.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { ExecutionContext } from './execute-calls.ts'
import type { RunDialect } from './fragments.ts'
import type { TurnMemory } from './turn-memory.ts'

/** How far a run is. */
export interface RunProgress {
  turns: number
  calls: number
}

/** A run that is ready to begin. */
export interface RunningTurns {
  readonly request: ExchangeRequest
  readonly dialect: RunDialect
  readonly writer: AnswerWriter
  readonly exchanges: ExchangeService
  readonly execution: ExecutionContext
  readonly memory: TurnMemory
  /** The conversation as it stands in the request. */
  readonly written: readonly JsonText[]
  /** As the client wrote it, with what it was not shown; the very list of `written` where that is nothing. */
  readonly conversation: readonly JsonText[]
  readonly tools: readonly JsonText[]
  /** What the client is told first: which tools there are. */
  readonly opening: readonly JsonObject[]
  /** What it is told next: calls that were made because this request approves them. */
  readonly approved: readonly HostedCall[]
  readonly runId: string
  readonly progress: RunProgress
}
