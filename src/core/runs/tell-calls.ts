import type { HostedCall, ToolCallBlock } from '../../dialects/index.ts'
import { wordsOf, type ToolContent } from './tool-content.ts'
import { toldId } from './told-id.ts'
import type { TurnMerger } from './turn-merger.ts'
import type { RunningTurns } from './running-turns.ts'

/** Tells the client of the gateway's calls, and knows what it was told. */
export interface CallTeller {
  /** Once when a call begins, once when it has its result. */
  tell(block: ToolCallBlock, result?: ToolContent): void
  /** Asks the client whether a call may be made. */
  ask(block: ToolCallBlock): void
  /** By which the client may come back. */
  ids(): readonly string[]
}

export function createCallTeller({ writer, execution: { offered }, runId }: RunningTurns, merger: TurnMerger): CallTeller {
  const told = new Set<string>()
  const write = ({ callId, name, argumentsText }: ToolCallBlock, more: Partial<HostedCall>): string => {
    const tool = offered.get(name)
    const id = toldId(runId, callId)
    writer.push([merger.hosted({ id, server: tool?.label ?? '', name: tool?.entry.route.upstreamName ?? name, argumentsText, ...more })])
    return id
  }
  return {
    tell: (block, result) => void told.add(write(block, result ? { result: { text: wordsOf(result), isError: result.isError } } : {})),
    ask: (block) => void write(block, { needsApproval: true }),
    ids: () => [...told].flatMap((id) => [`mcp_${id}`, `mcptoolu_${id}`]),
  }
}
