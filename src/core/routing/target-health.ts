import type { Target } from '../../domain/route.ts'
import { nameTarget, type HealthMap } from './order-targets.ts'

/** Which targets asked to be left alone, and until when. */
export interface TargetHealth {
  park(target: Target, ms: number): void
  /** An answer proves that a target is up, whatever it said before. */
  clear(target: Target): void
  read(): HealthMap
}

const LONGEST_PARK_MS = 5 * 60_000

/** `now` is in milliseconds. */
export function createTargetHealth(now: () => number): TargetHealth {
  const parkedUntil = new Map<string, number>()
  return {
    park(target, ms) {
      parkedUntil.set(nameTarget(target), now() + Math.min(Math.max(ms, 0), LONGEST_PARK_MS))
    },
    clear(target) {
      parkedUntil.delete(nameTarget(target))
    },
    read() {
      const health = new Map<string, 'up' | 'down'>()
      for (const [name, until] of parkedUntil) {
        if (until > now()) health.set(name, 'down')
        else parkedUntil.delete(name)
      }
      return health
    },
  }
}
