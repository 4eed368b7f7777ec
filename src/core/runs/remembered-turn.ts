import type { ApprovalWord, ToolCallBlock } from '../../dialects/index.ts'
import type { JsonText } from '../../lib/json-text.ts'
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
  /** The client's own calls in it. */
  readonly theirs: readonly ToolCallBlock[]
  /** Calls are being made. */
  readonly isBusy: boolean
  /**
   * Results of the gateway's calls in the turn that was handed over. `words` says which calls the client approves, by the ids that it was asked with. However often it is asked for, calls are made once. Rejects when the run was ended.
   */
  results(words: ReadonlyMap<string, ApprovalWord>, context: ExecutionContext): Promise<HandedResults>
}

/** A turn in which nothing is left to be done. */
export function pastTurn(elements: readonly JsonText[]): RememberedTurn {
  return { elements, theirs: [], isBusy: false, results: () => Promise.resolve({ elements: [], approved: [] }) }
}
