import type { ToolCallBlock, ToolResultBlock } from '../../dialects/index.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { executeCalls, type ExecutionContext } from './execute-calls.ts'
import { writeResults, type RunDialect } from './fragments.ts'
import { NO_JOURNAL } from './run-journal.ts'
import { asTexts } from './run-body.ts'
import { failedResult } from './tool-content.ts'
import type { ApprovedCall, HandedResults, RememberedTurn } from './turn-memory.ts'

/** A turn that the client has to go on with: with results of its own calls, with its word on ours, or just with its next message. */
export interface HandedTurn {
  readonly dialect: RunDialect
  readonly model: string
  /** Everything since the client last spoke, this turn included. */
  readonly elements: readonly JsonText[]
  /** Calls of the gateway's that are made at once. */
  readonly own: readonly ToolCallBlock[]
  /** Calls of the gateway's that wait for the client's word, by the id that it was asked with. */
  readonly asked: ReadonlyMap<string, ToolCallBlock>
}

const failed = ({ callId }: ToolCallBlock, message: string): ToolResultBlock => ({ type: 'tool-result', callId, path: '', ...failedResult(message) })

/** Makes the calls that need nobody's word; they go on while the client is away. */
async function makeNow({ own }: HandedTurn, context: ExecutionContext): Promise<readonly ToolResultBlock[]> {
  if (own.length === 0) return []
  // The client's signal ends with its connection; what was begun for it is not called back then.
  const { tell: _tell, ...silent } = context
  try {
    return await executeCalls(own, { ...silent, journal: NO_JOURNAL, signal: AbortSignal.timeout(context.settings.maxDurationMs) })
  } catch (thrown) {
    context.logger.error({ err: thrown }, 'calls beside the client’s own were ended')
    return own.map((block) => failed(block, 'The call was ended before it had a result.'))
  }
}

interface MadeApproved {
  /** Of all calls that were asked about. */
  readonly results: readonly ToolResultBlock[]
  readonly approved: readonly ApprovedCall[]
}

async function makeApproved({ asked }: HandedTurn, words: Parameters<RememberedTurn['results']>[0], context: ExecutionContext): Promise<MadeApproved> {
  const wanted = [...asked].filter(([id]) => words.get(id)?.isApproved === true)
  const blocks = wanted.map(([, block]) => block)
  const made = await executeCalls(blocks, { ...context, journal: NO_JOURNAL, approved: new Set(blocks.map(({ callId }) => callId)) })
  const approved = wanted.flatMap(([questionId, block], index): readonly ApprovedCall[] => {
    const result = made[index]
    return result ? [{ questionId, block, result }] : []
  })
  const denied = [...asked].flatMap(([id, block]) => {
    const word = words.get(id)
    if (word?.isApproved === true) return []
    return [failed(block, word ? `The user did not approve this call${word.reason === undefined ? '.' : `: ${word.reason}`}` : 'The user said nothing about this call; it was not made.')]
  })
  return { results: [...made, ...denied], approved }
}

/** What has to be remembered of it. */
export function handOver(turn: HandedTurn, context: ExecutionContext): RememberedTurn {
  const { dialect, model, elements, own, asked } = turn
  const now = makeNow(turn, context)
  let all: Promise<HandedResults> | undefined
  return {
    elements,
    results(words, later) {
      all ??= Promise.all([now, makeApproved(turn, words, later)]).then(([made, { results, approved }]) => {
        const blocks = [...own, ...asked.values()]
        return { elements: blocks.length === 0 ? [] : asTexts(writeResults(dialect, model, blocks, [...made, ...results])), approved }
      })
      return all
    },
  }
}
