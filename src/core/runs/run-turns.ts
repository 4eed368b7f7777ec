import type { StreamPart, ToolCallBlock } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Attempt } from '../exchange/index.ts'
import { appendElements } from './append-elements.ts'
import { askTurn, refusalOf, type Turn } from './ask-turn.ts'
import { executeCalls, type ExecutionContext } from './execute-calls.ts'
import { writeResults } from './fragments.ts'
import { handOver } from './hand-over.ts'
import { partCalls, type PartedCalls } from './part-calls.ts'
import { asTexts } from './run-body.ts'
import { createRunCost, type RunCost } from './run-cost.ts'
import type { PastTurn } from './run-journal.ts'
import type { RunningTurns } from './running-turns.ts'
import { createCallTeller, type CallTeller } from './tell-calls.ts'
import { TurnMerger } from './turn-merger.ts'

type Finish = (StreamPart & { readonly type: 'message-end' })['finish']

const finishOf = (parts: readonly StreamPart[]): Finish => parts.findLast((part) => part.type === 'message-end')?.finish ?? { unified: 'other', raw: undefined }

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
  #end({ hop, elements }: Turn, { own, theirs, asked }: PartedCalls, isCut: boolean): void {
    const { dialect, request, memory, writer, execution } = this.#run
    for (const block of asked.values()) this.#teller.ask(block)
    const ids = [...theirs.map(({ callId }) => callId), ...asked.keys(), ...this.#teller.ids()]
    const isPart = this.#since.length > 0 || own.length > 0 || asked.size > 0
    if (isPart && (ids.length > 0 || own.length > 0)) {
      memory.remember(request.principal, ids, handOver({ dialect, model: request.facts.model, elements: [...this.#since, ...elements()], own, asked }, execution))
    }
    execution.observer.turnEnded?.(elements())
    const finish: Finish = isCut ? { unified: 'length', raw: undefined } : theirs.length === 0 && asked.size > 0 ? { unified: 'stop', raw: undefined } : finishOf(hop.parts)
    writer.push(this.#merger.end(finish))
    writer.end()
  }

  /** Says again what an earlier process had done, and does what it had not. Gives how many turns that were. */
  async #rejoin(): Promise<number> {
    const turns = await this.#execution.journal.read()
    for (const past of turns) {
      this.#run.writer.push(past.parts.flatMap((one) => this.#merger.push(one)))
      this.#cost.addMicros(past.costMicros ?? 0)
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
    const isOver = !mayCall || this.#cost.isExceeded
    if (own.length === 0 || theirs.length + asked.size > 0 || isOver) {
      this.#end(turn, isOver ? { ...parted, own: [], asked: new Map() } : parted, isOver && own.length + asked.size > 0)
      return false
    }
    const elements = turn.elements()
    await this.#execution.journal.turn({ parts: hop.parts, elements, calls: own, costMicros: turn.attempts.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0) })
    await this.#goOn(elements, own)
    return true
  }

  async tell(): Promise<readonly Attempt[]> {
    const { progress, execution } = this.#run
    const attempts: Attempt[] = []
    for (let number = (await this.#rejoin()) + 1; ; number++) {
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
