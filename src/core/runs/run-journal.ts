import type { StreamPart, ToolCallBlock, ToolResultBlock } from '../../dialects/index.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { RunStore, StoredRunStep } from '../../storage/index.ts'

/** A turn that called something of the gateway's. */
export interface JournalTurn {
  /** What the model said, to be told to the client. */
  readonly parts: readonly StreamPart[]
  /** The elements of the conversation that say it again. */
  readonly elements: readonly JsonText[]
  readonly calls: readonly ToolCallBlock[]
  /** What the turn cost, as far as it is known. */
  readonly costMicros?: number
  /** It ended the run: the client goes on with it. */
  readonly isHanded?: true
}

/** What is known of calls that were made or begun before. */
export interface DoneCalls {
  readonly results: ReadonlyMap<string, ToolResultBlock>
  /** Calls that were begun and may have happened. */
  readonly begun: ReadonlySet<string>
}

export interface PastTurn extends JournalTurn, DoneCalls {}

/**
 * What a run has done, written down before anything depends on it: after a crash the run goes on where it was, and no call that
 * may have happened is made again unless it may be repeated.
 */
export interface RunJournal {
  /** What was done before this process; empty for a new run. */
  read(): Promise<readonly PastTurn[]>
  turn(turn: JournalTurn): Promise<void>
  callBegun(callId: string): Promise<void>
  callMade(result: ToolResultBlock): Promise<void>
}

function readSteps(steps: readonly StoredRunStep[]): readonly PastTurn[] {
  const turns: { turn: JournalTurn; results: Map<string, ToolResultBlock>; begun: Set<string> }[] = []
  for (const { kind, content } of steps) {
    const value = parseExact(content)
    const last = turns.at(-1)
    if (kind === 'turn') turns.push({ turn: value as unknown as JournalTurn, results: new Map(), begun: new Set() })
    else if (kind === 'call-begun') last?.begun.add(value as string)
    else {
      const result = value as unknown as ToolResultBlock
      last?.results.set(result.callId, result)
    }
  }
  return turns.map(({ turn, results, begun }) => ({ ...turn, results, begun }))
}

export function createRunJournal(store: RunStore, run: string): RunJournal {
  let sequence = 0
  const add = (kind: StoredRunStep['kind'], content: unknown): Promise<void> => store.add({ run, sequence: sequence++, kind, content: toJsonText(content as JsonValue) })
  return {
    async read() {
      const steps = await store.steps(run)
      sequence = (steps.at(-1)?.sequence ?? -1) + 1
      return readSteps(steps)
    },
    turn: (turn) => add('turn', turn),
    callBegun: (callId) => add('call-begun', callId),
    callMade: (result) => add('call-made', result),
  }
}

/** For a run whose client waits: it ends with its process. */
export const NO_JOURNAL: RunJournal = {
  read: () => Promise.resolve([]),
  turn: () => Promise.resolve(),
  callBegun: () => Promise.resolve(),
  callMade: () => Promise.resolve(),
}
