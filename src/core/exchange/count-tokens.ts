import { editBody, findCodec, findCounter, type DialectCodec, type SealCarrier, type TokenCounter } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { collectAnswer, type CollectedAnswer, type LlmUpstream } from '../../upstreams/llm/index.ts'
import { nameTarget } from '../routing/index.ts'
import { estimateRequest } from './estimate-request.ts'
import type { CountAnswer, ExchangeRequest } from './exchange.ts'
import { explainAnswer } from './explain-failure.ts'
import { findUnknownBetas, limitBetas } from './limit-betas.ts'
import { decodeForTranslation, describePlan, translateRequest } from './translate-request.ts'

export interface CountQuestion {
  readonly request: ExchangeRequest
  readonly codec: DialectCodec
  /** In order. */
  readonly targets: readonly Target[]
  readonly upstreams: ReadonlyMap<ProviderId, LlmUpstream>
  readonly seals: SealCarrier
}

/** One way to have a target's tokens counted. */
interface Way {
  readonly target: Target
  readonly upstream: LlmUpstream
  readonly codec: DialectCodec
}

/** What became of one way: an answer for the client, a failure that another provider may not have, or nobody who counts. */
type Outcome = { readonly answer: CountAnswer } | { readonly failure: GatewayError } | 'cannot-count'

const MAX_BYTES = 256 * 1024

/** The question was understood, whatever the answer: another provider would say the same. */
const SETTLED = new Set([400, 404, 413, 422])

/** Servers without the question say so like this; they say it of models, too, and then name the model. */
const UNKNOWN_PATH = new Set([404, 405, 501])

function openQuestion(request: ExchangeRequest, codec: DialectCodec) {
  return decodeForTranslation(request, codec, (body) => findCounter(codec.dialect)?.open(body) ?? body)
}

/** In the client's own dialect the question goes as it was written. */
function writeQuestion({ request, codec, seals }: CountQuestion, way: Way, counter: TokenCounter): readonly Uint8Array[] {
  const { target, upstream } = way
  if (way.codec.dialect === request.dialect) {
    const model = target.model === request.facts.model ? [] : codec.request.setModel(request.body, target.model)
    return editBody(request.body.pieces, [...model, ...codec.request.dropEnvelopes(request.body)])
  }
  const plan = { kind: 'translate', from: request.dialect, to: way.codec.dialect } as const
  const { encoded } = translateRequest(request, openQuestion(request, codec), { plan, client: codec, codec: way.codec, target, upstream, seals })
  return [Buffer.from(JSON.stringify(counter.ask(encoded.body, target.model)))]
}

/** Undefined for a provider that has no such question, or for a request that its dialect cannot express. */
function ask(question: CountQuestion, way: Way, counter: TokenCounter): Promise<CollectedAnswer> | undefined {
  const { request } = question
  const isOwn = way.codec.dialect === request.dialect
  const { model } = way.target
  try {
    const betas = isOwn ? findUnknownBetas(request, way.target, way.upstream) : undefined
    const limited = limitBetas(isOwn ? request.headers : {}, writeQuestion(question, way, counter), betas)
    const wire = { dialect: way.codec.dialect, operation: 'count-tokens', model, stream: false, ...limited, signal: request.signal } as const
    return collectAnswer((sink) => way.upstream.send(wire, sink), MAX_BYTES)
  } catch (error) {
    const { code, details } = asGatewayError(error)
    if (code === 'not_found' || details['translation'] === true) return undefined
    throw error
  }
}

function headersFor(from: Dialect, { target, codec }: Way, attempts: number): CountAnswer['headers'] {
  const plan = codec.dialect === from ? ({ kind: 'pass-through', dialect: from } as const) : ({ kind: 'translate', from, to: codec.dialect } as const)
  return { 'content-type': 'application/json', 'x-trunkline-plan': describePlan(plan), 'x-trunkline-target': encodeURI(nameTarget(target)), 'x-trunkline-attempts': String(attempts) }
}

function readCounted(body: Buffer, counter: TokenCounter): number | undefined {
  try {
    const value = parseExact(body.toString('utf8'))
    return isJsonObject(value) ? counter.read(value) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function judge({ request, codec }: CountQuestion, way: Way, counter: TokenCounter, { status, headers, body }: CollectedAnswer, attempts: number): Outcome {
  const isOwn = way.codec.dialect === request.dialect
  // Undefined for what is no JSON object, whatever its status.
  const fault = way.codec.error.decode(status, body.toString('utf8'))
  if (UNKNOWN_PATH.has(status) && fault?.message.includes(way.target.model) !== true) return 'cannot-count'
  if (isOwn && fault && (status < 300 || SETTLED.has(status))) return { answer: { status, headers: { ...headers, ...headersFor(request.dialect, way, attempts) }, body } }
  const count = status < 300 ? readCounted(body, counter) : undefined
  const writer = findCounter(codec.dialect)
  if (count !== undefined && writer) return { answer: { status: 200, headers: headersFor(request.dialect, way, attempts), body: Buffer.from(JSON.stringify(writer.write(count))) } }
  const failure = explainAnswer(way.target, status, headers, fault, Date.now())
  if (SETTLED.has(status)) throw failure
  return { failure }
}

async function tryWay(question: CountQuestion, way: Way, attempts: number): Promise<Outcome> {
  const counter = findCounter(way.codec.dialect)
  const answer = counter && ask(question, way, counter)
  if (!counter || !answer) return 'cannot-count'
  let collected: CollectedAnswer
  try {
    collected = await answer
  } catch (error) {
    const failure = asGatewayError(error)
    if (question.request.signal.aborted) throw failure
    return { failure }
  }
  return judge(question, way, counter, collected, attempts)
}

/** Of each target its ways in order, the client's own dialect first. */
function waysOf({ request, targets, upstreams }: CountQuestion): readonly (readonly Way[])[] {
  return targets.flatMap((target) => {
    const upstream = upstreams.get(target.provider)
    if (!upstream) return []
    const spoken = upstream.dialectsFor(target.model).toSorted((a, b) => Number(b === request.dialect) - Number(a === request.dialect))
    const ways = spoken.flatMap((dialect): readonly Way[] => {
      const codec = findCounter(dialect) && findCodec(dialect)
      return codec ? [{ target, upstream, codec }] : []
    })
    return [ways]
  })
}

function estimate({ request, codec }: CountQuestion, attempts: number): CountAnswer {
  const count = estimateRequest(openQuestion(request, codec))
  const writer = findCounter(codec.dialect)
  if (!writer) throw new GatewayError('not_found', `There is no question for a count of tokens in ${codec.dialect}.`)
  const headers = { 'content-type': 'application/json', 'x-trunkline-token-count': 'estimated', 'x-trunkline-attempts': String(attempts) }
  return { status: 200, headers, body: Buffer.from(JSON.stringify(writer.write(count))) }
}

/**
 * Each target is asked once, in the client's dialect or else in one of its own in which it counts, until one answers. Where none
 * can count, the count is an estimate and says so.
 */
export async function countTokens(question: CountQuestion): Promise<CountAnswer> {
  let failure: GatewayError | undefined
  let attempts = 0
  for (const ways of waysOf(question)) {
    for (const way of ways) {
      const outcome = await tryWay(question, way, attempts + 1)
      if (outcome === 'cannot-count') continue
      attempts++
      if ('answer' in outcome) return outcome.answer
      failure = outcome.failure
      break
    }
  }
  if (!failure) return estimate(question, attempts)
  const { code, message, retryAfterMs, cause } = failure
  throw new GatewayError(code, message, { cause, details: { attempts }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
