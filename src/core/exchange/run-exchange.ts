import { setTimeout as sleep } from 'node:timers/promises'
import type { BetaPlan, DialectCodec, Loss, TranslationPlan } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { LlmUpstream, WireHeaders } from '../../upstreams/llm/index.ts'
import { nameTarget, type TargetHealth } from '../routing/index.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { ExchangeClient, ExchangeRequest } from './exchange.ts'
import { startNow, type ExchangeRecord } from './exchange-record.ts'
import type { Repair } from './check-answer.ts'
import { explainAll, mayPassOn } from './explain-failure.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import { planRetry, type NextAttempt, type PastAttempt } from './plan-retry.ts'
import { readRetryAfter } from './retry-after.ts'
import { sendAttempt } from './send-attempt.ts'
import type { ExchangeSettings } from './settings.ts'
import { describeLosses, describePlan, type Translation } from './translate-request.ts'

export interface RunningExchange {
  readonly request: ExchangeRequest
  readonly client: ExchangeClient
  readonly codec: DialectCodec
  /** In order; never empty. */
  readonly targets: readonly Target[]
  /** By the target's name, for those that do not speak the client's dialect. */
  readonly translations: ReadonlyMap<string, Translation>
  /** By the target's name, for those that must not see all of the client's betas. */
  readonly betas: ReadonlyMap<string, BetaPlan>
  readonly upstreams: ReadonlyMap<ProviderId, LlmUpstream>
  readonly record: ExchangeRecord
  readonly health: TargetHealth
  readonly settings: ExchangeSettings
  /** Targets that refused a request because of the `stream_options` that the gateway had added. */
  readonly refusesUsage: Set<string>
  readonly random: () => number
}

/** What changes while an exchange runs. */
interface AttemptedExchange extends RunningExchange {
  readonly translations: Map<string, Translation>
  wasRepaired: boolean
  forgetsSeals: boolean
}

function planOf({ request, translations }: RunningExchange, target: Target): TranslationPlan {
  return translations.get(nameTarget(target))?.plan ?? { kind: 'pass-through', dialect: request.dialect }
}

/** `tool`, `instructed`, or `instructed, repaired`: what structured output rested on where the provider has none of its own. */
function describeFormat({ format }: Translation, wasRepaired: boolean): Readonly<Record<string, string>> {
  return format.path === 'native' ? {} : { 'x-trunkline-structured-output': wasRepaired ? `${format.path}, repaired` : format.path }
}

function contextFor(exchange: AttemptedExchange, target: Target): AttemptContext {
  const { request, client, settings, record, refusesUsage } = exchange
  const translation = exchange.translations.get(nameTarget(target))
  const codec = translation?.upstream ?? exchange.codec
  const betas = exchange.betas.get(nameTarget(target))
  const lost = [...(betas?.losses ?? []), ...(translation ? translation.losses : exchange.forgetsSeals ? FORGOTTEN : [])]
  const attempt = String(record.attempts.length + 1)
  return {
    target,
    codec,
    translation,
    betas,
    wantsStream: request.facts.stream,
    // A translated request asks for usage whatever the client did.
    dropsUsage: request.facts.stream && (translation !== undefined || !request.facts.wantsUsage) && !refusesUsage.has(nameTarget(target)),
    dropsSeals: exchange.forgetsSeals,
    choices: request.facts.choices,
    settings,
    client: {
      ...client,
      head(status, headers) {
        record.firstByte()
        client.head(status, headers)
      },
    },
    answerHeaders: (headers: WireHeaders) => ({
      ...(translation ? { 'request-id': request.requestId, 'x-request-id': request.requestId, ...describeFormat(translation, exchange.wasRepaired) } : headers),
      ...describeLosses(lost),
      'x-trunkline-attempts': attempt,
      'x-trunkline-plan': describePlan(planOf(exchange, target)),
      'x-trunkline-target': encodeURI(nameTarget(target)),
    }),
  }
}

/** Older compatible servers refuse the member that the gateway added; that must not become the client's failure. */
function refusedOurEdit(context: AttemptContext, failure: FailedAttempt): boolean {
  const isRefusal = failure.status === 400 || failure.status === 422
  return context.dropsUsage && isRefusal && /stream_options|include_usage/.test(failure.body?.toString() ?? failure.fault?.message ?? '')
}

const FORGOTTEN: readonly Loss[] = [{ path: '/input/-/encrypted_content', kind: 'dropped', reason: 'the provider could not open it' }]

/**
 * Keys change, and accounts: thoughts that cannot be opened any more are left out, once, instead of ending the conversation.
 * @see https://github.com/Wei-Shaw/sub2api/issues/3138
 */
function refusedSeals(exchange: AttemptedExchange, { target, codec, translation }: AttemptContext, { status, fault, body }: FailedAttempt): boolean {
  if (exchange.forgetsSeals || status !== 400 || !codec.request.dropSeals) return false
  if (!/invalid_encrypted_content|encrypted content .*could not be/i.test(`${fault?.code} ${body?.toString() ?? fault?.message}`)) return false
  exchange.forgetsSeals = true
  if (translation) exchange.translations.set(nameTarget(target), translation.forgetSeals())
  return true
}

/** An answer that had not the wanted shape is sent back once, with what was wrong. */
function repairs(exchange: AttemptedExchange, { target, translation }: AttemptContext, { error }: FailedAttempt): boolean {
  const { repair } = error.details
  if (repair === undefined || !translation || exchange.wasRepaired) return false
  exchange.wasRepaired = true
  exchange.translations.set(nameTarget(target), translation.repair(repair as Repair))
  return true
}

function next(exchange: AttemptedExchange, context: AttemptContext, past: readonly PastAttempt[]): NextAttempt | undefined {
  const failure = past.at(-1)?.failure
  if (failure && repairs(exchange, context, failure)) return { target: context.target, waitMs: 0 }
  if (failure && refusedSeals(exchange, context, failure)) return { target: context.target, waitMs: 0 }
  if (failure && refusedOurEdit(context, failure)) {
    exchange.refusesUsage.add(nameTarget(context.target))
    return { target: context.target, waitMs: 0 }
  }
  const clock = { now: Date.now(), elapsedMs: exchange.record.elapsedMs, random: exchange.random }
  return planRetry(exchange.targets, past, exchange.settings, clock)
}

function noteHealth({ health }: RunningExchange, target: Target, result: AttemptResult): void {
  if (result.kind !== 'cancelled') health.note(target, result.kind, 'error' in result ? result.error.message : undefined)
  if (result.kind === 'answered') health.clear(target)
  if (result.kind !== 'failed') return
  const wait = readRetryAfter(result.headers, Date.now())
  if (wait !== undefined) health.park(target, wait)
}

/** False when the client went away meanwhile. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined)
  return !signal.aborted
}

/** A failed exchange ends with the provider's own error where it has one that fits, else with ours. */
async function concludeFailure({ request, client, record }: RunningExchange, past: readonly PastAttempt[]): Promise<void> {
  await record.settled()
  const last = past.at(-1)
  const isSingle = new Set(past.map(({ target }) => nameTarget(target))).size === 1
  const isClients = last !== undefined && last.failure.status >= 400 && last.failure.status < 500 && last.failure.status !== 429
  if (last?.failure.body && mayPassOn(last.failure) && (isSingle || isClients)) {
    client.head(last.failure.status, {
      ...last.failure.headers,
      'content-type': 'application/json',
      'content-length': String(last.failure.body.length),
      'x-should-retry': 'false',
      'x-trunkline-attempts': String(past.length),
      'x-trunkline-plan': 'pass-through',
      'x-trunkline-target': encodeURI(nameTarget(last.target)),
    })
    client.chunk(last.failure.body)
    return client.end()
  }
  const error = explainAll(request.facts.model, past, Date.now())
  const { details, retryAfterMs, cause } = error
  throw new GatewayError(error.code, error.message, {
    details: { ...details, attempts: past.length },
    ...(cause === undefined ? {} : { cause }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** The end of the answer is released only when its row is on disk; without one the client is told instead. */
async function concludeAnswer(
  { record, client }: RunningExchange,
  result: AttemptResult & { readonly kind: 'answered' | 'interrupted' },
  wasCommitted: () => boolean,
): Promise<void> {
  try {
    await record.settled()
  } catch (error) {
    if (!wasCommitted()) throw error
    return client.fail(error instanceof GatewayError ? error : new GatewayError('storage_unavailable', 'The usage of this answer could not be recorded.', { cause: error }))
  }
  result.release()
}

/** A client that left needs no words; one that we send away does. */
async function concludeCancel({ request, client, record }: RunningExchange, wasCommitted: () => boolean): Promise<void> {
  await record.settled()
  const { reason } = request.signal
  if (!(reason instanceof GatewayError) || reason.code === 'cancelled') return
  if (!wasCommitted()) throw reason
  client.fail(reason)
}

/** Attempts over ordered targets until one answers, the client leaves, or nothing is left to try. */
export async function runExchange(running: RunningExchange): Promise<void> {
  let isCommitted = false
  const client: ExchangeClient = {
    head(status, headers) {
      isCommitted = true
      running.client.head(status, headers)
    },
    chunk: (bytes) => running.client.chunk(bytes),
    onceDrained: (listener) => running.client.onceDrained(listener),
    end: () => running.client.end(),
    fail: (error) => running.client.fail(error),
  }
  const exchange: AttemptedExchange = { ...running, client, translations: new Map(running.translations), wasRepaired: false, forgetsSeals: false }
  const past: PastAttempt[] = []
  let step: NextAttempt | undefined = exchange.targets[0] && { target: exchange.targets[0], waitMs: 0 }
  while (step) {
    const { target } = step
    const isThere = await pause(step.waitMs, exchange.request.signal)
    if (!isThere) return concludeCancel(exchange, () => isCommitted)
    const started = startNow()
    const context = contextFor(exchange, target)
    const upstream = exchange.upstreams.get(target.provider)
    if (!upstream) throw new GatewayError('internal', `Provider \`${target.provider}\` went away.`)
    const result = await sendAttempt(upstream, exchange.request, context)
    exchange.record.add(target, planOf(exchange, target), started, result)
    noteHealth(exchange, target, result)
    if (result.kind === 'cancelled') return concludeCancel(exchange, () => isCommitted)
    if (result.kind !== 'failed') return concludeAnswer(exchange, result, () => isCommitted)
    past.push({ target, failure: result })
    step = next(exchange, context, past)
  }
  return concludeFailure(exchange, past)
}
