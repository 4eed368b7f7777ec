import { randomUUID } from 'node:crypto'
import { foldAnswer, type StreamPart, type ToolCallBlock } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { PartClient, type Attempt } from '../exchange/index.ts'
import { asTexts, composeBody } from './run-body.ts'
import type { RunningTurns } from './running-turns.ts'
import type { TurnMerger } from './turn-merger.ts'

/** What the model said once. */
export interface Turn {
  readonly hop: PartClient
  readonly attempts: readonly Attempt[]
  readonly calls: readonly ToolCallBlock[]
  /** The elements that say this turn again, put together when they are wanted. */
  elements(): readonly JsonText[]
}

/** The calls that the parts of an answer tell of. */
export function callsOf(parts: readonly StreamPart[]): readonly ToolCallBlock[] {
  return foldAnswer(parts).blocks.flatMap((block): readonly ToolCallBlock[] => (block.type === 'tool-call' ? [{ ...block, path: '' }] : []))
}

/** Asks the model once. The first turn goes under the exchange's own id. */
export async function askTurn(run: RunningTurns, conversation: readonly JsonText[], number: number, mayCall: boolean, merger: TurnMerger): Promise<Turn> {
  const { request, dialect, writer, exchanges, tools, execution } = run
  const hop = new PartClient(dialect.codec, {
    begin: (headers) => writer.begin(headers),
    push: (parts) => writer.push(parts.flatMap((part) => merger.push(part))),
    onceDrained: (listener) => writer.onceDrained(listener),
  })
  const id = number === 1 ? request.id : (`exc_${randomUUID().replaceAll('-', '')}` as ExchangeId)
  const body = composeBody(request.body, dialect, conversation === run.written ? undefined : conversation, tools, mayCall)
  const attempts = await exchanges.run({ ...request, id, body, signal: execution.signal, logger: execution.logger.child({ turn: number }) }, hop)
  if (execution.signal.aborted || !hop.answer || hop.isRefusal) return { hop, attempts, calls: [], elements: () => [] }
  hop.settle()
  return { hop, attempts, calls: callsOf(hop.parts), elements: () => asTexts(dialect.turns.replay(hop.said())) }
}

/** A refusal in the middle is the run's failure: the client has been told part of an answer, or is waiting for a whole one. */
export function refusalOf({ hop }: Turn): GatewayError {
  return new GatewayError('upstream_rejected', `The provider refused to go on after a call (${hop.answer?.status}): ${hop.bytes.toString('utf8').slice(0, 300)}`)
}
