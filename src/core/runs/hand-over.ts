import type { ApprovalWord, ToolCallBlock, ToolResultBlock } from '../../dialects/index.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { CallsApart } from './calls-apart.ts'
import { executeCalls, type ExecutionContext } from './execute-calls.ts'
import { writeResults, type RunDialect } from './fragments.ts'
import { asTexts } from './run-body.ts'
import type { DoneCalls, RunJournal } from './run-journal.ts'
import { failedResult } from './tool-content.ts'
import type { ApprovedCall, HandedResults, RememberedTurn } from './remembered-turn.ts'

/** A turn that the client has to go on with: with results of its own calls, with its word on ours, or just with its next message. */
export interface HandedTurn {
  readonly dialect: RunDialect
  readonly model: string
  /** Everything since the client last spoke, this turn included. */
  readonly elements: readonly JsonText[]
  /** Calls of the client's. */
  readonly theirs: readonly ToolCallBlock[]
  /** Calls of the gateway's that need nobody's word. */
  readonly own: readonly ToolCallBlock[]
  /** Calls of the gateway's that wait for the client's word, by the id that it was asked with. */
  readonly asked: ReadonlyMap<string, ToolCallBlock>
}

/** A turn that was handed over, and what is done in it while the client is away. */
export interface BegunTurn extends RememberedTurn {
  /** Makes the calls that need nobody's word, once; settles when they have their results, and never rejects. */
  begin(context: ExecutionContext): Promise<unknown>
}

type Words = ReadonlyMap<string, ApprovalWord>

const failed = ({ callId }: ToolCallBlock, message: string): ToolResultBlock => ({ type: 'tool-result', callId, path: '', ...failedResult(message) })

function deniedResult(block: ToolCallBlock, word: ApprovalWord | undefined): ToolResultBlock {
  return failed(block, word ? `The user did not approve this call${word.reason === undefined ? '.' : `: ${word.reason}`}` : 'The user said nothing about this call; it was not made.')
}

class HandedOver implements BegunTurn {
  readonly #turn: HandedTurn
  readonly #apart: CallsApart
  readonly #journal: RunJournal
  readonly #results: Map<string, ToolResultBlock>
  readonly #begun: Set<string>
  #own: Promise<readonly ToolResultBlock[]> | undefined
  #all: Promise<HandedResults> | undefined
  #running = 0

  constructor(turn: HandedTurn, apart: CallsApart, journal: RunJournal, { results, begun }: DoneCalls) {
    this.#turn = turn
    this.#apart = apart
    this.#results = new Map(results)
    this.#begun = new Set(begun)
    this.#journal = {
      ...journal,
      callBegun: async (callId) => {
        await journal.callBegun(callId)
        this.#begun.add(callId)
      },
      callMade: async (result) => {
        this.#results.set(result.callId, result)
        await journal.callMade(result)
      },
    }
  }

  get elements(): readonly JsonText[] {
    return this.#turn.elements
  }

  get theirs(): readonly ToolCallBlock[] {
    return this.#turn.theirs
  }

  get isBusy(): boolean {
    return this.#running > 0
  }

  async #make(blocks: readonly ToolCallBlock[], context: ExecutionContext): Promise<readonly ToolResultBlock[]> {
    this.#running++
    try {
      return await executeCalls(blocks, { ...context, journal: this.#journal }, { results: this.#results, begun: this.#begun })
    } finally {
      this.#running--
    }
  }

  async #makeOwn(context: ExecutionContext): Promise<readonly ToolResultBlock[]> {
    const { own } = this.#turn
    if (own.length === 0) return []
    try {
      // The client's signal ends with its connection; what was begun for it is not called back then.
      return await this.#apart.run((signal) => this.#make(own, { ...context, signal }), context.settings.maxDurationMs)
    } catch (thrown) {
      context.logger.error({ err: thrown }, 'calls beside the client’s own were ended')
      return own.map((block) => this.#results.get(block.callId) ?? failed(block, 'The call was ended before it had a result.'))
    }
  }

  begin(context: ExecutionContext): Promise<readonly ToolResultBlock[]> {
    this.#own ??= this.#makeOwn(context)
    return this.#own
  }

  async #settle(words: Words, { tell: _tell, ...context }: ExecutionContext): Promise<HandedResults> {
    const { own, asked, dialect, model } = this.#turn
    // What an earlier process has begun had been approved.
    const wanted = [...asked].filter(([id, { callId }]) => words.get(id)?.isApproved === true || this.#begun.has(callId))
    const blocks = wanted.map(([, block]) => block)
    const approving = { ...context, approved: new Set(blocks.map(({ callId }) => callId)) }
    const [ownResults, made] = await Promise.all([this.begin(context), this.#make(blocks, approving)])
    const approved = wanted.flatMap(([questionId, block], index): readonly ApprovedCall[] => {
      const result = made[index]
      return result ? [{ questionId, block, result }] : []
    })
    const known = new Set(blocks)
    const denied = [...asked].flatMap(([id, block]) => (known.has(block) ? [] : [deniedResult(block, words.get(id))]))
    const all = [...own, ...asked.values()]
    return { elements: all.length === 0 ? [] : asTexts(writeResults(dialect, model, all, [...ownResults, ...made, ...denied])), approved }
  }

  async results(words: Words, context: ExecutionContext): Promise<HandedResults> {
    for (;;) {
      const isAsking = this.#all === undefined
      this.#all ??= this.#settle(words, context).catch((thrown: unknown) => {
        // The next request goes on from what was made until then.
        this.#all = undefined
        throw thrown
      })
      try {
        return await this.#all
      } catch (thrown) {
        // It may have been another request that was ended.
        if (isAsking || context.signal.aborted) throw thrown
      }
    }
  }
}

/** What has to be remembered of a turn; `done` is what an earlier process did of it. */
export function handOver(turn: HandedTurn, apart: CallsApart, journal: RunJournal, done: DoneCalls): BegunTurn {
  return new HandedOver(turn, apart, journal, done)
}
