import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../lib/json.ts'
import { editSwitches, type SettingsInForce, type SwitchChange } from './edit-switches.ts'

/** What became of a change. */
export interface ConfigOutcome {
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Why it was rejected, one line per finding, each with its place. */
  readonly problems: readonly string[]
}

/** What a configuration would be. */
export type Checked =
  | { readonly kind: 'valid'; readonly settings: SettingsInForce }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

export interface ConfigChangeDeps {
  /** The file of switches. `exclusive` keeps every other writer away while it runs. */
  readonly overlay: {
    exclusive<Result>(work: () => Promise<Result>): Promise<Result>
    read(): JsonObject
    write(values: JsonObject): void
  }
  /** Loads the whole configuration with these switches, and applies nothing. */
  check(overlay: JsonObject): Promise<Checked>
  /** Loads and applies what is on disk. */
  reload(): Promise<ConfigOutcome>
}

/** Changes of the configuration while the gateway runs. */
export interface ConfigChange {
  /** All of them or none. Rejects when the overlay cannot be locked or written. */
  apply(changes: readonly SwitchChange[]): Promise<ConfigOutcome>
}

const nothing = { added: [], changed: [], removed: [] } as const

export function createConfigChange({ overlay, check, reload }: ConfigChangeDeps): ConfigChange {
  return {
    apply: (changes) =>
      overlay.exclusive(async () => {
        const before = overlay.read()
        const current = await check(before)
        if (current.kind === 'invalid') return { outcome: 'rejected', ...nothing, problems: current.problems }
        const after = editSwitches(before, changes, current.settings)
        if (isDeepStrictEqual(after, before)) return { outcome: 'unchanged', ...nothing, problems: [] }
        const checked = await check(after)
        if (checked.kind === 'invalid') return { outcome: 'rejected', ...nothing, problems: checked.problems }
        overlay.write(after)
        const outcome = await reload()
        if (outcome.outcome === 'rejected') overlay.write(before)
        // Whoever watches the file may have been faster: then this reload found nothing left to do.
        return outcome.outcome === 'unchanged' ? { ...outcome, outcome: 'applied' } : outcome
      }),
  }
}
