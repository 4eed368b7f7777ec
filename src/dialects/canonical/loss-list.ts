import type { Dialect } from '../../domain/dialect.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import type { Sourced } from './request.ts'

/** Collects what one translation could not express, each place once. */
export class LossList {
  readonly #losses = new Map<string, Loss>()
  readonly #isForeign: boolean

  /** Extras are a loss only where they go to another dialect than their own. */
  constructor(from: Dialect, to: Dialect) {
    this.#isForeign = from !== to
  }

  get list(): readonly Loss[] {
    return [...this.#losses.values()]
  }

  dropped(path: string, reason: string): void {
    if (!this.#losses.has(path)) this.#losses.set(path, { path, kind: 'dropped', reason })
  }

  approximated(path: string, reason: string): void {
    if (!this.#losses.has(path)) this.#losses.set(path, { path, kind: 'approximated', reason })
  }

  /** The extras to write; none for another dialect, where each that says something is a loss. */
  extras({ path, extras }: Sourced): JsonObject {
    if (!extras) return {}
    if (!this.#isForeign) return extras
    for (const [key, value] of Object.entries(extras)) {
      if (value !== null && value !== undefined) this.dropped(`${path}/${escapePointer(key)}`, 'the provider’s dialect has no such field')
    }
    return {}
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
