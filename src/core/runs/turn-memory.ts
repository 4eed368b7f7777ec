import type { JsonText } from '../../lib/json-text.ts'
import type { ApprovalWord, ToolCallBlock } from '../../dialects/index.ts'
import type { Principal } from '../identity/index.ts'
import type { ExecutionContext } from './execute-calls.ts'
import type { ToolContent } from './tool-content.ts'

/** A call that its client was asked about, and approved. */
export interface ApprovedCall {
  readonly questionId: string
  readonly block: ToolCallBlock
  readonly result: ToolContent
}

/** What became of the gateway's calls in a turn that was handed over. */
export interface HandedResults {
  /** They stand beside the client's own. */
  readonly elements: readonly JsonText[]
  readonly approved: readonly ApprovedCall[]
}

/** What a turn really was, where its client was shown less. */
export interface RememberedTurn {
  /** Everything since the client last spoke, in its dialect: the gateway's calls and results, and the turn that was handed over. */
  readonly elements: readonly JsonText[]
  /**
   * Results of the gateway's calls in the turn that was handed over. `words` says which calls the client approves, by the ids that it was asked with. However often it is asked for, calls are made once. Rejects when the run was ended.
   */
  results(words: ReadonlyMap<string, ApprovalWord>, context: ExecutionContext): Promise<HandedResults>
}

/**
 * Turns by the ids of the calls that their clients know of: a client returns with its results, or with what it was told, and knows
 * nothing of the rest. Bounded; what was forgotten is only missing from the conversation.
 */
export interface TurnMemory {
  remember(principal: Principal, callIds: readonly string[], turn: RememberedTurn): void
  recall(principal: Principal, callId: string): RememberedTurn | undefined
}

const MOST_TURNS = 2_000
const MOST_BYTES = 64 * 1024 * 1024

export function createTurnMemory(): TurnMemory {
  const turns = new Map<string, { readonly turn: RememberedTurn; readonly size: number }>()
  let bytes = 0
  const keyOf = ({ id }: Principal, callId: string): string => JSON.stringify([id, callId])

  function forget(key: string): void {
    bytes -= turns.get(key)?.size ?? 0
    turns.delete(key)
  }
  return {
    remember(principal, callIds, turn) {
      const size = turn.elements.reduce((sum, element) => sum + element.length, 0)
      for (const callId of callIds) {
        const key = keyOf(principal, callId)
        forget(key)
        turns.set(key, { turn, size })
        bytes += size
      }
      for (const key of turns.keys()) {
        if (turns.size <= MOST_TURNS && bytes <= MOST_BYTES) break
        forget(key)
      }
    },
    recall: (principal, callId) => turns.get(keyOf(principal, callId))?.turn,
  }
}
