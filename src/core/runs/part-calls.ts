import type { ToolCallBlock } from '../../dialects/index.ts'
import { needsApproval } from './execute-calls.ts'
import type { RunningTurns } from './running-turns.ts'
import { toldId } from './told-id.ts'

/** The calls of a turn by who has to do something about them. */
export interface PartedCalls {
  /** The gateway makes them. */
  readonly own: readonly ToolCallBlock[]
  /** The client makes them. */
  readonly theirs: readonly ToolCallBlock[]
  /** The client is asked first, by these ids. */
  readonly asked: ReadonlyMap<string, ToolCallBlock>
}

export function partCalls(calls: readonly ToolCallBlock[], { execution, dialect, runId }: RunningTurns): PartedCalls {
  const { offered, settings, observer } = execution
  const mayAsk = dialect.turns.readApproval !== undefined && !observer.approve
  const isAsked = ({ name }: ToolCallBlock): boolean => {
    const tool = offered.get(name)
    return mayAsk && tool !== undefined && needsApproval(tool, settings)
  }
  return {
    own: calls.filter((block) => offered.has(block.name) && !isAsked(block)),
    theirs: calls.filter(({ name }) => !offered.has(name)),
    asked: new Map(calls.filter(isAsked).map((block) => [`mcpr_${toldId(runId, block.callId)}`, block])),
  }
}
