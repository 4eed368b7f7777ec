import { createHash, randomUUID } from 'node:crypto'
import { foldAnswer, HOSTED_ID, type HostedCall, type StreamPart, type ToolCallBlock } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { PartClient, type Attempt, type ExchangeRequest, type ExchangeService } from '../exchange/index.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { appendElements } from './append-elements.ts'
import { executeCalls, needsApproval, type ExecutionContext } from './execute-calls.ts'
import { writeResults, type RunDialect } from './fragments.ts'
import { wordsOf, type ToolContent } from './tool-content.ts'
import { TurnMerger } from './turn-merger.ts'
import { handOver } from './hand-over.ts'
import { asTexts, composeBody } from './run-body.ts'
import type { PastTurn } from './run-journal.ts'
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
  /** As the client wrote it, with what it was not shown. */
  readonly conversation: readonly JsonText[]
  readonly tools: readonly JsonText[]
  readonly runId: string
  readonly progress: RunProgress
}

interface Turn {
  readonly hop: PartClient
  readonly attempts: readonly Attempt[]
  readonly calls: readonly ToolCallBlock[]
  /** The elements that say this turn again. */
  readonly elements: readonly JsonObject[]
}

const finishOf = (parts: readonly StreamPart[]): (StreamPart & { readonly type: 'message-end' })['finish'] =>
  parts.findLast((part) => part.type === 'message-end')?.finish ?? { unified: 'other', raw: undefined }

/** Asks the model once. The first turn goes under the exchange's own id. */
async function askModel(run: RunningTurns, conversation: readonly JsonText[], number: number, mayCall: boolean, merger: TurnMerger): Promise<Turn> {
  const { request, dialect, writer, exchanges, tools, execution } = run
  const hop = new PartClient(dialect.codec, {
    begin: (headers) => writer.begin(headers),
    push: (parts) => writer.push(parts.flatMap((part) => merger.push(part))),
    onceDrained: (listener) => writer.onceDrained(listener),
  })
  const id = number === 1 ? request.id : (`exc_${randomUUID().replaceAll('-', '')}` as ExchangeId)
  const body = composeBody(request.body, dialect, conversation, tools, mayCall)
  const attempts = await exchanges.run({ ...request, id, body, signal: execution.signal, logger: execution.logger.child({ turn: number }) }, hop)
  if (execution.signal.aborted || !hop.answer || hop.isRefusal) return { hop, attempts, calls: [], elements: [] }
  const whole = hop.settle()
  const folded = foldAnswer(hop.parts)
  const calls = folded.blocks.flatMap((block): readonly ToolCallBlock[] => (block.type === 'tool-call' ? [{ ...block, path: '' }] : []))
  return { hop, attempts, calls, elements: dialect.turns.replay(whole) }
}

/** A refusal in the middle is the run's failure: the client has been told part of an answer, or is waiting for a whole one. */
function refuse({ hop }: Turn): GatewayError {
  return new GatewayError('upstream_rejected', `The provider refused to go on after a call (${hop.answer?.status}): ${hop.bytes.toString('utf8').slice(0, 300)}`)
}

/** How the client knows a call of the gateway's. */
const toldId = (runId: string, { callId }: ToolCallBlock): string => `${HOSTED_ID}${createHash('sha256').update(`${runId} ${callId}`).digest('hex').slice(0, 24)}`

/** What the client is handed of a turn that it goes on with. */
interface Parting {
  readonly own: readonly ToolCallBlock[]
  readonly theirs: readonly ToolCallBlock[]
  readonly asked: ReadonlyMap<string, ToolCallBlock>
}

function part({ calls }: Turn, { execution, dialect, runId }: RunningTurns): Parting {
  const { offered, settings, observer } = execution
  const mayAsk = dialect.turns.readApproval !== undefined && !observer.approve
  const isAsked = ({ name }: ToolCallBlock): boolean => {
    const tool = offered.get(name)
    return mayAsk && tool !== undefined && needsApproval(tool, settings)
  }
  return {
    own: calls.filter((block) => offered.has(block.name) && !isAsked(block)),
    theirs: calls.filter(({ name }) => !offered.has(name)),
    asked: new Map(calls.filter(isAsked).map((block) => [`mcpr_${toldId(runId, block)}`, block])),
  }
}

/** Turns until the model calls nothing of ours, or the client has to go on. Settles after the last byte; throws only when nothing was told. */
export async function runTurns(run: RunningTurns): Promise<readonly Attempt[]> {
  const { request, dialect, writer, memory, runId } = run
  const { offered, settings, journal, signal } = run.execution
  const { tellsCalls } = dialect.turns
  const merger = new TurnMerger((name) => offered.has(name), !tellsCalls)
  const attempts: Attempt[] = []
  const since: JsonText[] = []
  const told = new Set<string>()
  let { conversation } = run

  function tell(block: ToolCallBlock, result?: ToolContent): void {
    const id = toldId(runId, block)
    const tool = offered.get(block.name)
    const { name, argumentsText } = block
    told.add(id)
    const call: HostedCall = { id, server: tool?.label ?? '', name: tool?.entry.route.upstreamName ?? name, argumentsText, ...(result ? { result: { text: wordsOf(result), isError: result.isError } } : {}) }
    writer.push([merger.hosted(call)])
  }
  const execution: ExecutionContext = tellsCalls ? { ...run.execution, tell } : run.execution

  const goOn = async (elements: readonly JsonText[], own: readonly ToolCallBlock[], past?: PastTurn): Promise<void> => {
    run.progress.calls += own.length
    const results = await executeCalls(own, { ...execution, logger: execution.logger.child({ turn: run.progress.turns }) }, past)
    const said = [...elements, ...asTexts(writeResults(dialect, request.facts.model, own, results))]
    since.push(...said)
    execution.observer.turnEnded?.(said)
    conversation = appendElements(conversation, said, dialect.turns)
    merger.nextTurn()
  }

  /** The client's next request may know of this turn by its own calls, and by what it was told. */
  function end(turn: Turn, { own, theirs, asked }: Parting, isCut: boolean): void {
    for (const block of asked.values()) {
      const tool = offered.get(block.name)
      const { argumentsText } = block
      if (tool) writer.push([merger.hosted({ id: toldId(runId, block), server: tool.label, name: tool.entry.route.upstreamName, argumentsText, needsApproval: true })])
    }
    const ids = [...theirs.map(({ callId }) => callId), ...asked.keys(), ...[...told].flatMap((id) => [`mcp_${id}`, `mcptoolu_${id}`])]
    if (since.length > 0 || own.length > 0 || asked.size > 0) {
      const elements = [...since, ...asTexts(turn.elements)]
      memory.remember(request.principal, ids, handOver({ dialect, model: request.facts.model, elements, own, asked }, run.execution))
    }
    const finish = finishOf(turn.hop.parts)
    execution.observer.turnEnded?.(asTexts(turn.elements))
    writer.push(merger.end(isCut ? { unified: 'length', raw: undefined } : theirs.length === 0 && asked.size > 0 ? { unified: 'stop', raw: undefined } : finish))
    writer.end()
  }

  const pastTurns = await journal.read()
  for (const past of pastTurns) {
    writer.push(past.parts.flatMap((one) => merger.push(one)))
    await goOn(past.elements, past.calls, past)
  }
  for (let number = pastTurns.length + 1; ; number++) {
    const mayCall = number <= settings.maxHops
    run.progress.turns = number
    const turn = await askModel(run, conversation, number, mayCall, merger)
    attempts.push(...turn.attempts)
    const { hop } = turn
    if (!hop.answer || signal.aborted) return attempts
    if (hop.isRefusal && number > 1) throw refuse(turn)
    const parting = part(turn, run)
    const { own, theirs, asked } = parting
    const isPlain = number === 1 && own.length + asked.size === 0 && !request.facts.stream
    if (hop.isRefusal || isPlain) {
      writer.passOn(hop.answer.status, hop.answer.headers, hop.bytes)
      return attempts
    }
    writer.begin(hop.answer.headers)
    if (own.length === 0 || theirs.length + asked.size > 0 || !mayCall) {
      // A model that calls although it must not has been cut short.
      end(turn, mayCall ? parting : { ...parting, own: [], asked: new Map() }, !mayCall && own.length + asked.size > 0)
      return attempts
    }
    const elements = asTexts(turn.elements)
    await journal.turn({ parts: hop.parts, elements, calls: own })
    await goOn(elements, own)
  }
}
