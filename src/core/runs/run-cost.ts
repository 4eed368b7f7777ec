import type { Attempt } from '../exchange/index.ts'

/** What the turns of a run have cost, as far as it is known: an attempt whose price is not known counts as nothing. */
export interface RunCost {
  readonly micros: number
  /** Whether an attempt used something that has no price. */
  readonly hasUnpriced: boolean
  readonly isExceeded: boolean
  add(attempts: readonly Attempt[]): void
  /** Of a turn of an earlier process. */
  addMicros(micros: number): void
}

const MICROS_PER_DOLLAR = 1_000_000

class CountedCost implements RunCost {
  readonly #limitUsd: number | undefined
  micros = 0
  hasUnpriced = false

  constructor(limitUsd: number | undefined) {
    this.#limitUsd = limitUsd
  }

  get isExceeded(): boolean {
    return this.#limitUsd !== undefined && this.micros > this.#limitUsd * MICROS_PER_DOLLAR
  }

  add(attempts: readonly Attempt[]): void {
    for (const { usage, costMicros } of attempts) {
      this.micros += costMicros ?? 0
      this.hasUnpriced ||= usage !== undefined && costMicros === undefined
    }
  }

  addMicros(more: number): void {
    this.micros += more
  }
}

export const createRunCost = (limitUsd: number | undefined): RunCost => new CountedCost(limitUsd)
