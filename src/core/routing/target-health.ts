import type { Target } from '../../domain/route.ts'
import { nameTarget, type HealthMap } from './order-targets.ts'

/** How the attempts at one target went since the gateway started. */
export interface TargetReport {
  readonly provider: string
  readonly model: string
  readonly attempts: number
  readonly failures: number
  /** Of the newest attempts, oldest first. */
  readonly recent: readonly ('answered' | 'failed' | 'interrupted')[]
  readonly lastFailure: { readonly at: Date; readonly reason: string } | undefined
  /** It asked to be left alone until then. */
  readonly parkedUntil: Date | undefined
}

/** Which targets asked to be left alone, and until when; and how attempts went. */
export interface TargetHealth {
  park(target: Target, ms: number): void
  /** An answer proves that a target is up, whatever it said before. */
  clear(target: Target): void
  read(): HealthMap
  /** Takes note of an attempt; `reason` says why it failed. */
  note(target: Target, outcome: TargetReport['recent'][number], reason?: string): void
  survey(): readonly TargetReport[]
}

const LONGEST_PARK_MS = 5 * 60_000
const MOST_RECENT = 20

interface History {
  readonly target: Target
  attempts: number
  failures: number
  recent: readonly TargetReport['recent'][number][]
  lastFailure: TargetReport['lastFailure']
}

/** `now` is in milliseconds. */
export function createTargetHealth(now: () => number): TargetHealth {
  const parkedUntil = new Map<string, number>()
  const histories = new Map<string, History>()
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
    note(target, outcome, reason = 'It failed.') {
      const name = nameTarget(target)
      let history = histories.get(name)
      if (!history) histories.set(name, (history = { target, attempts: 0, failures: 0, recent: [], lastFailure: undefined }))
      history.attempts++
      history.recent = [...history.recent.slice(1 - MOST_RECENT), outcome]
      if (outcome === 'answered') return
      history.failures++
      history.lastFailure = { at: new Date(now()), reason }
    },
    survey: () =>
      [...histories].map(([name, { target, attempts, failures, recent, lastFailure }]) => {
        const until = parkedUntil.get(name)
        return { provider: target.provider, model: target.model, attempts, failures, recent, lastFailure, parkedUntil: until !== undefined && until > now() ? new Date(until) : undefined }
      }),
  }
}
