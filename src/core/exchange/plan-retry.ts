import type { Target } from '../../domain/route.ts'
import { nameTarget } from '../routing/index.ts'
import { reachOf, type FailedAttempt } from './failed-attempt.ts'
import { readRetryAfter } from './retry-after.ts'
import type { ExchangeSettings } from './settings.ts'

export interface PastAttempt {
  readonly target: Target
  readonly failure: FailedAttempt
}

export interface NextAttempt {
  readonly target: Target
  readonly waitMs: number
}

export interface RetryClock {
  readonly now: number
  /** Since the first attempt started. */
  readonly elapsedMs: number
  readonly random: () => number
}

/** A refused connection costs its provider nothing; the next try may come soon. */
const REFUSED_WAIT_MS = 100

function backoff(failure: FailedAttempt, tries: number, settings: ExchangeSettings, random: () => number): number {
  if (failure.error.details['reusedSocket'] === true) return 0
  if (failure.status === 0 && failure.error.code === 'upstream_unavailable') return random() * REFUSED_WAIT_MS
  return random() * Math.min(settings.backoffBaseMs * 2 ** (tries - 1), settings.backoffMaxMs)
}

/** How long the target must be left alone after its last failure. */
function waitFor(target: Target, past: readonly PastAttempt[], settings: ExchangeSettings, clock: RetryClock): number {
  const tries = past.filter((attempt) => nameTarget(attempt.target) === nameTarget(target))
  const last = tries.at(-1)
  if (!last) return 0
  return readRetryAfter(last.failure.headers, clock.now) ?? backoff(last.failure, tries.length, settings, clock.random)
}

/**
 * Decides what follows a failure: the next target that has not been tried, at once; else the one that can be tried
 * again soonest, after its pause; else nothing. Never more attempts than the settings allow, never past the wall time.
 */
export function planRetry(
  targets: readonly Target[],
  past: readonly PastAttempt[],
  settings: ExchangeSettings,
  clock: RetryClock,
): NextAttempt | undefined {
  const last = past.at(-1)
  if (last && reachOf(last.failure) === 'none') return undefined
  if (past.length >= settings.maxAttempts || clock.elapsedMs >= settings.wallMs) return undefined
  const fresh = targets.find((target) => past.every((attempt) => nameTarget(attempt.target) !== nameTarget(target)))
  if (fresh) return { target: fresh, waitMs: 0 }
  const spent = new Set(past.filter(({ failure }) => reachOf(failure) === 'others').map(({ target }) => nameTarget(target)))
  const candidates = targets
    .filter((target) => !spent.has(nameTarget(target)))
    .map((target) => ({ target, waitMs: waitFor(target, past, settings, clock) }))
    .filter(({ waitMs }) => waitMs <= settings.maxWaitMs && clock.elapsedMs + waitMs < settings.wallMs)
  return candidates.toSorted((a, b) => a.waitMs - b.waitMs)[0]
}
