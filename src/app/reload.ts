import { ConfigError, type LoadedConfig, renderIssue } from '../config/index.ts'
import { GatewayError } from '../domain/errors.ts'
import type { ReloadAnswer } from '../surfaces/admin-api/index.ts'
import type { Events } from '../telemetry/index.ts'

/** What became of a new document. `problems` are findings of a rejected one, or what an applied one left for a restart. */
export type ReloadOutcome = ReloadAnswer

export interface LastReload {
  readonly at: string
  readonly outcome: 'applied' | 'rejected'
  readonly reason: string | null
}

export interface Reloader {
  readonly generation: number
  readonly last: LastReload | null
  /** Reads the configuration and applies it; one at a time, never throws for a bad document. */
  reload(): Promise<ReloadOutcome>
}

export interface ReloaderDeps {
  readonly load: () => Promise<LoadedConfig>
  /** Swaps a checked configuration in. Says what changed, and which settings wait for a restart. */
  readonly apply: (loaded: LoadedConfig) => Omit<ReloadOutcome, 'outcome'>
  readonly events: Events
}

/** One line per finding. */
export function findings(thrown: unknown): readonly string[] {
  if (thrown instanceof ConfigError) return thrown.issues.map(renderIssue)
  return [thrown instanceof Error ? thrown.message : String(thrown)]
}

export function createReloader({ load, apply, events }: ReloaderDeps): Reloader {
  let generation = 1
  let last: LastReload | null = null
  let running: Promise<unknown> = Promise.resolve()

  async function once(): Promise<ReloadOutcome> {
    const at = new Date().toISOString()
    try {
      const changes = apply(await load())
      const isSame = [changes.added, changes.changed, changes.removed].every((ids) => ids.length === 0)
      if (isSame) return { outcome: 'unchanged', ...changes }
      generation++
      last = { at, outcome: 'applied', reason: null }
      events.configReloaded({ generation, ...changes })
      return { outcome: 'applied', ...changes }
    } catch (thrown) {
      const problems = findings(thrown)
      const reason = problems.join('\n')
      last = { at, outcome: 'rejected', reason }
      events.configRejected({ reason })
      if (!(thrown instanceof ConfigError) && !(thrown instanceof GatewayError)) throw thrown
      return { outcome: 'rejected', added: [], changed: [], removed: [], problems }
    }
  }
  return {
    get generation() {
      return generation
    },
    get last() {
      return last
    },
    reload() {
      const next = running.then(once)
      running = next.catch(() => undefined)
      return next
    },
  }
}
