import type { Attempt } from '../exchange/index.ts'

/** What the turns of a run have cost, as far as it is known: an attempt whose price is not known counts as nothing. */
export interface RunCost {
  readonly micros: number
  /** Whether an attempt used something that has no price. */
  readonly hasUnpriced: boolean
  readonly isExceeded: boolean
  /**
   * Whether another turn may stay within the limit: it is asked at least what the last one was asked, each token at least at this price.
   * What is not known counts as nothing.
   */
  allowsTurn(leastInputPrice: number | undefined): boolean
  add(attempts: readonly Attempt[]): void
  /** Of a turn of an earlier process. */
  addMicros(micros: number): void
}

const MICROS_PER_DOLLAR = 1_000_000

class CountedCost implements RunCost {
  readonly #limitUsd: number | undefined
  /** Of the last answer whose price is known. */
  #last = { inputTokens: 0, micros: 0 }
  micros = 0
  hasUnpriced = false

  constructor(limitUsd: number | undefined) {
    this.#limitUsd = limitUsd
  }

  get isExceeded(): boolean {
    return this.#limitUsd !== undefined && this.micros > this.#limitUsd * MICROS_PER_DOLLAR
  }

  allowsTurn(leastInputPrice = 0): boolean {
    // A provider that says what it charged may be cheaper than the price that is known.
    const least = Math.min(this.#last.inputTokens * leastInputPrice, this.#last.micros)
    return this.#limitUsd === undefined || this.micros + least <= this.#limitUsd * MICROS_PER_DOLLAR
  }

  add(attempts: readonly Attempt[]): void {
    for (const { usage, costMicros } of attempts) {
      this.micros += costMicros ?? 0
      if (usage && costMicros !== undefined) this.#last = { inputTokens: usage.input.total, micros: costMicros }
      this.hasUnpriced ||= usage !== undefined && costMicros === undefined
    }
  }

  addMicros(more: number): void {
    this.micros += more
  }
}

export const createRunCost = (limitUsd: number | undefined): RunCost => new CountedCost(limitUsd)
