import type { StreamPart, ToolCallBlock } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Attempt } from '../exchange/index.ts'
import { appendElements } from './append-elements.ts'
import { askTurn, callsOf, refusalOf, type Turn } from './ask-turn.ts'
import { executeCalls, type ExecutionContext } from './execute-calls.ts'
import { writeResults } from './fragments.ts'
import { partCalls, type PartedCalls } from './part-calls.ts'
import { asTexts } from './run-body.ts'
import { createRunCost, type RunCost } from './run-cost.ts'
import type { JournalTurn, PastTurn } from './run-journal.ts'
import type { RunningTurns } from './running-turns.ts'
import { createCallTeller, type CallTeller } from './tell-calls.ts'
import { TurnMerger } from './turn-merger.ts'
import { whileWanted } from './while-wanted.ts'

type Finish = (StreamPart & { readonly type: 'message-end' })['finish']

const finishOf = (parts: readonly StreamPart[]): Finish => parts.findLast((part) => part.type === 'message-end')?.finish ?? { unified: 'other', raw: undefined }

/** What ends a run, by this process or an earlier one. */
interface SaidTurn {
  readonly parts: readonly StreamPart[]
  elements(): readonly JsonText[]
  readonly calls: readonly ToolCallBlock[]
}

/** The turns of one run, one after the other. */
class TurnSequence {
  readonly #run: RunningTurns
  readonly #merger: TurnMerger
  readonly #teller: CallTeller
  readonly #execution: ExecutionContext
  readonly #cost: RunCost
  /** Everything since the client last spoke. */
  readonly #since: JsonText[] = []
  #conversation: readonly JsonText[]

  constructor(run: RunningTurns) {
    const { dialect, execution } = run
    const { tellsCalls } = dialect.turns
    this.#run = run
    this.#merger = new TurnMerger((name) => execution.offered.has(name), !tellsCalls, run.opening, run.approved)
    this.#teller = createCallTeller(run, this.#merger)
    this.#execution = tellsCalls ? { ...execution, tell: (...told) => this.#teller.tell(...told) } : execution
    this.#cost = createRunCost(execution.settings.maxCostUsd)
    this.#conversation = run.conversation
  }

  /** Makes the gateway's calls of a turn and puts both into the conversation. */
  async #goOn(elements: readonly JsonText[], own: readonly ToolCallBlock[], past?: PastTurn): Promise<void> {
    const { progress, dialect, request } = this.#run
    progress.calls += own.length
    const results = await executeCalls(own, { ...this.#execution, logger: this.#execution.logger.child({ turn: progress.turns }) }, past)
    const said = [...elements, ...asTexts(writeResults(dialect, request.facts.model, own, results))]
    this.#since.push(...said)
    this.#execution.observer.turnEnded?.(said)
    this.#conversation = appendElements(this.#conversation, said, dialect.turns)
    this.#merger.nextTurn()
  }

  /** The client's next request may know of this turn by its own calls, and by what it was told. */
  async #remember({ elements }: SaidTurn, { own, theirs, asked }: PartedCalls): Promise<void> {
    const { dialect, request, memory, execution } = this.#run
    const { principal, durableId, logger } = request
    const callIds = [...theirs.map(({ callId }) => callId), ...asked.keys(), ...this.#teller.ids()]
    const isPart = this.#since.length > 0 || own.length > 0 || asked.size > 0
    if (!isPart || callIds.length === 0) return
    const since = [...this.#since, ...elements()]
    if (theirs.length + asked.size === 0) return memory.remember(principal, callIds, since)
    const begun = await memory.keep({ principal, callIds, durableId, logger, turn: { dialect, model: request.facts.model, elements: since, own, theirs, asked } })
    const { tell: _tell, ...silent } = execution
    const made = begun.begin(asked.size > 0 ? { ...execution, tell: (block, result) => result && !execution.signal.aborted && this.#teller.tell(block, result) } : silent)
    // The client's own calls need not wait for ours; a user who is asked is told of ours first.
    if (asked.size > 0) await whileWanted(made, execution.signal)
  }

  /** Begins to tell of the calls that somebody is asked about, and of those that are made beside them, in their order. */
  #tellAsked(calls: readonly ToolCallBlock[], { own, asked }: PartedCalls): void {
    if (asked.size === 0) return
    const questions = new Set(asked.values())
    for (const block of calls) {
      if (questions.has(block)) this.#teller.ask(block)
      else if (own.includes(block)) this.#teller.tell(block)
    }
  }

  async #end(said: SaidTurn, parted: PartedCalls, isCut: boolean): Promise<void> {
    const { parts, elements, calls } = said
    const { writer, execution, progress } = this.#run
    const { own, theirs, asked } = parted
    progress.calls += own.length
    this.#tellAsked(calls, parted)
    await this.#remember(said, parted)
    execution.observer.turnEnded?.(elements())
    const finish: Finish = isCut ? { unified: 'length', raw: undefined } : theirs.length === 0 && asked.size > 0 ? { unified: 'stop', raw: undefined } : finishOf(parts)
    writer.push(this.#merger.end(finish))
    writer.end()
  }

  /** Says again what an earlier process had done, and does what it had not. Gives how many turns that were; undefined when the last of them ended the run. */
  async #rejoin(): Promise<number | undefined> {
    const turns = await this.#execution.journal.read()
    for (const past of turns) {
      this.#run.writer.push(past.parts.flatMap((one) => this.#merger.push(one)))
      this.#cost.addMicros(past.costMicros ?? 0)
      if (past.isHanded === true) {
        this.#run.writer.begin({})
        const calls = callsOf(past.parts)
        await this.#end({ parts: past.parts, elements: () => past.elements, calls }, partCalls(calls, this.#run), false)
        return undefined
      }
      await this.#goOn(past.elements, past.calls, past)
    }
    return turns.length
  }

  #addCost(attempts: readonly Attempt[]): void {
    const { settings, logger } = this.#execution
    const knewAll = !this.#cost.hasUnpriced
    this.#cost.add(attempts)
    if (settings.maxCostUsd !== undefined && knewAll && this.#cost.hasUnpriced) logger.warn({ maxCostUsd: settings.maxCostUsd }, 'a run has a limit of its cost, and the price of its model is not known')
  }

  /** Whether the run has cost too much, or leaves too little for another turn where it goes on by itself. */
  #isSpent({ own, theirs, asked }: PartedCalls): boolean {
    const { exchanges, request, execution } = this.#run
    if (execution.settings.maxCostUsd === undefined || own.length + asked.size === 0) return false
    return this.#cost.isExceeded || (theirs.length + asked.size === 0 && !this.#cost.allowsTurn(exchanges.leastInputPrice(request)))
  }

  /** False when the answer is told, as far as it goes. */
  async #take(turn: Turn, isFirst: boolean, mayCall: boolean): Promise<boolean> {
    const { request, writer, approved } = this.#run
    const { hop, calls } = turn
    const { signal } = this.#execution
    if (signal.aborted && signal.reason instanceof GatewayError && signal.reason.code !== 'cancelled') throw signal.reason
    // A client that left needs no words.
    if (!hop.answer || signal.aborted) return false
    if (hop.isRefusal && !isFirst) throw refusalOf(turn)
    const parted = partCalls(calls, this.#run)
    const { own, theirs, asked } = parted
    if (hop.isRefusal || (isFirst && own.length + asked.size + approved.length === 0 && !request.facts.stream)) {
      writer.passOn(hop.answer, hop.bytes, hop.isRefusal ? [] : this.#run.opening)
      return false
    }
    writer.begin(hop.answer.headers)
    // A model that calls although it must not, or that has cost too much to go on, has been cut short.
    const isOver = !mayCall || this.#isSpent(parted)
    const asStep = (): JournalTurn => ({ parts: hop.parts, elements: turn.elements(), calls: own, costMicros: turn.attempts.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0) })
    if (own.length === 0 || theirs.length + asked.size > 0 || isOver) {
      if (!isOver && own.length + asked.size > 0) await this.#execution.journal.turn({ ...asStep(), isHanded: true })
      await this.#end({ parts: hop.parts, elements: turn.elements, calls }, isOver ? { ...parted, own: [], asked: new Map() } : parted, isOver && own.length + asked.size > 0)
      return false
    }
    const step = asStep()
    await this.#execution.journal.turn(step)
    await this.#goOn(step.elements, own)
    return true
  }

  async tell(): Promise<readonly Attempt[]> {
    const { progress, execution } = this.#run
    const attempts: Attempt[] = []
    const before = await this.#rejoin()
    if (before === undefined) return attempts
    for (let number = before + 1; ; number++) {
      const mayCall = number <= execution.settings.maxHops
      progress.turns = number
      const turn = await askTurn(this.#run, this.#conversation, number, mayCall, this.#merger)
      attempts.push(...turn.attempts)
      this.#addCost(turn.attempts)
      if (!(await this.#take(turn, number === 1, mayCall))) return attempts
    }
  }
}

/** Turns until the model calls nothing of ours, or the client has to go on. Settles after the last byte; throws only when nothing was told. */
export function runTurns(run: RunningTurns): Promise<readonly Attempt[]> {
  return new TurnSequence(run).tell()
}
