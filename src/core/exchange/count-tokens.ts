import { editBody, type DialectCodec } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import { collectAnswer, type CollectedAnswer, type LlmUpstream } from '../../upstreams/llm/index.ts'
import { nameTarget } from '../routing/index.ts'
import type { CountAnswer, ExchangeRequest } from './exchange.ts'
import { explainAnswer } from './explain-failure.ts'

export interface CountQuestion {
  readonly request: ExchangeRequest
  readonly codec: DialectCodec
  /** In order. */
  readonly targets: readonly Target[]
  readonly upstreams: ReadonlyMap<ProviderId, LlmUpstream>
}

const MAX_BYTES = 256 * 1024

/** The question was understood, whatever the answer: another provider would say the same. */
const SETTLED = new Set([400, 404, 413, 422])

function ask(upstream: LlmUpstream, { request, codec }: CountQuestion, target: Target): Promise<CollectedAnswer> {
  const { dialect, body, facts, headers, signal } = request
  const model = target.model === facts.model ? [] : codec.request.setModel(body, target.model)
  const edits = [...model, ...codec.request.dropEnvelopes(body)]
  const question = { dialect, operation: 'count-tokens', model: target.model, headers, body: editBody(body.pieces, edits), signal } as const
  return collectAnswer((sink) => upstream.send(question, sink), MAX_BYTES)
}

function answerFor({ status, headers, body }: CollectedAnswer, target: Target, attempts: number): CountAnswer {
  const own = { 'x-trunkline-plan': 'pass-through', 'x-trunkline-target': nameTarget(target), 'x-trunkline-attempts': String(attempts) }
  return { status, headers: { ...headers, 'content-type': 'application/json', ...own }, body }
}

/** Each target that speaks the client's dialect is asked once, until one answers. */
export async function countTokens(question: CountQuestion): Promise<CountAnswer> {
  const { request, codec, upstreams } = question
  const able = question.targets.filter(({ provider, model }) => upstreams.get(provider)?.dialectsFor(model).includes(request.dialect) === true)
  if (able.length === 0) {
    const message = `Counting tokens is not available for the provider of \`${request.facts.model}\` yet: it does not speak ${request.dialect}.`
    throw new GatewayError('not_found', message, { details: { attempts: 0 } })
  }
  let failure: GatewayError | undefined
  for (const [index, target] of able.entries()) {
    const upstream = upstreams.get(target.provider)
    if (!upstream) continue
    try {
      const answer = await ask(upstream, question, target)
      // Undefined for what is no JSON object, whatever its status.
      const fault = codec.error.decode(answer.status, answer.body.toString('utf8'))
      if (fault && (answer.status < 300 || SETTLED.has(answer.status))) return answerFor(answer, target, index + 1)
      failure = explainAnswer(target, answer.status, answer.headers, fault, Date.now())
    } catch (error) {
      failure = asGatewayError(error)
      if (request.signal.aborted) throw failure
    }
  }
  const { code, message, retryAfterMs, cause } = failure ?? new GatewayError('internal', 'No provider was asked.')
  throw new GatewayError(code, message, { cause, details: { attempts: able.length }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
