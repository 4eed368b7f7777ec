import { performance } from 'node:perf_hooks'
import type { TranslationPlan } from '../../dialects/index.ts'
import type { ModelPrice } from '../../domain/model-facts.ts'
import type { Target } from '../../domain/route.ts'
import type { LedgerRow, LedgerStore } from '../../storage/index.ts'
import type { Events } from '../../telemetry/index.ts'
import { costOf } from './cost-of.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Attempt, ExchangeRequest } from './exchange.ts'

/** A moment on both clocks: the wall's for records, the monotonic one for durations. */
export interface Started {
  readonly at: Date
  readonly tick: number
}

export const startNow = (): Started => ({ at: new Date(), tick: performance.now() })

const outcomeOf = (result: AttemptResult): Attempt['outcome'] => result.kind

const MOST_LOSSES = 32

function sourceOf({ usage, ...result }: AttemptResult): LedgerRow['usageSource'] {
  if (!usage) return 'none'
  return 'isEstimate' in result && result.isEstimate === true ? 'estimated' : 'provider'
}

export interface RecordDeps {
  readonly ledger: LedgerStore
  readonly events: Events
  /** Undefined where it is not known. */
  priceOf(target: Target): ModelPrice | undefined
}

/** What is written down about one exchange: a ledger row per attempt, and one event when all is over. */
export class ExchangeRecord {
  readonly #request: ExchangeRequest
  readonly #ledger: LedgerStore
  readonly #events: Events
  readonly #priceOf: (target: Target) => ModelPrice | undefined
  readonly #started = startNow()
  readonly #attempts: Attempt[] = []
  readonly #rows: Promise<void>[] = []
  #firstByteMs: number | undefined
  #losses: readonly string[] = []

  constructor(request: ExchangeRequest, { ledger, events, priceOf }: RecordDeps) {
    this.#request = request
    this.#ledger = ledger
    this.#events = events
    this.#priceOf = priceOf
  }

  get attempts(): readonly Attempt[] {
    return this.#attempts
  }

  get elapsedMs(): number {
    return performance.now() - this.#started.tick
  }

  firstByte(): void {
    this.#firstByteMs ??= this.elapsedMs
  }

  add(target: Target, plan: TranslationPlan, started: Started, result: AttemptResult): void {
    const status = result.kind === 'failed' ? result.httpStatus : result.status
    const { usage } = result
    const error = result.kind === 'failed' || result.kind === 'interrupted' ? result.error : undefined
    const costMicros = usage && costOf(usage, this.#priceOf(target))
    this.#attempts.push({ target, plan, outcome: outcomeOf(result), status, usage, costMicros, error })
    if (error) {
      const facts = { err: error.cause ?? error, provider: target.provider, model: target.model, status, code: error.code }
      this.#request.logger.warn({ event: 'attempt', ...facts, ...error.details }, error.message)
    }
    if (result.kind === 'answered') this.#losses = result.losses.slice(0, MOST_LOSSES).map(({ kind, path, of }) => `${kind}:${of === 'answer' ? 'answer' : ''}${path}`)
    const { id, requestId, principal, surface, facts } = this.#request
    const row = this.#ledger.append({
      attemptId: `${id}.${this.#attempts.length}`,
      exchangeId: id,
      requestId,
      principal: principal.id,
      startedAt: started.at,
      durationMs: Math.round(performance.now() - started.tick),
      surface,
      provider: target.provider,
      model: target.model,
      publicModel: facts.model,
      outcome: outcomeOf(result),
      status,
      stream: facts.stream,
      usage,
      usageSource: sourceOf(result),
      costMicros,
    })
    // Waited for in `settled`; a rejection in between must not count as unhandled.
    row.catch(() => undefined)
    this.#rows.push(row)
  }

  /** Settles once every attempt is durable; rejects with `storage_unavailable`. */
  async settled(): Promise<void> {
    await Promise.all(this.#rows)
  }

  /** The event of the whole exchange; call it once. */
  close(): void {
    const last = this.#attempts.at(-1)
    if (!last) return
    this.#events.exchangeSettled(this.#request.logger, {
      exchangeId: this.#request.id,
      provider: last.target.provider,
      model: last.target.model,
      outcome: last.outcome,
      status: last.status,
      attempts: this.#attempts.length,
      durationMs: this.elapsedMs,
      firstByteMs: this.#firstByteMs,
      inputTokens: last.usage?.input.total,
      outputTokens: last.usage?.output.total,
      ...(this.#losses.length > 0 ? { losses: this.#losses } : {}),
    })
  }
}
