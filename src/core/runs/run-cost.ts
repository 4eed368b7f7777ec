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

export function createRunCost(limitUsd: number | undefined): RunCost {
  let micros = 0
  let hasUnpriced = false
  return {
    get micros() {
      return micros
    },
    get hasUnpriced() {
      return hasUnpriced
    },
    get isExceeded() {
      return limitUsd !== undefined && micros > limitUsd * MICROS_PER_DOLLAR
    },
    add(attempts) {
      for (const { usage, costMicros } of attempts) {
        micros += costMicros ?? 0
        hasUnpriced ||= usage !== undefined && costMicros === undefined
      }
    },
    addMicros(more) {
      micros += more
    },
  }
}
