import type { RememberedTurn } from './remembered-turn.ts'

/** Turns by the ids that their clients know of. Bounded: the oldest are forgotten, but none whose calls are being made. */
export interface TurnCache {
  /** The id of a call may be said again: then the newer turn has it. */
  add(id: string, principal: string, callIds: readonly string[], turn: RememberedTurn): void
  get(id: string): RememberedTurn | undefined
  find(principal: string, callId: string): RememberedTurn | undefined
}

const MOST_TURNS = 2_000
const MOST_BYTES = 64 * 1024 * 1024

interface Kept {
  readonly turn: RememberedTurn
  readonly keys: Set<string>
  readonly size: number
}

export const sizeOf = ({ elements }: Pick<RememberedTurn, 'elements'>): number => elements.reduce((sum, element) => sum + element.length, 0)

export function createTurnCache(): TurnCache {
  const turns = new Map<string, Kept>()
  const byKey = new Map<string, string>()
  let bytes = 0
  const keyOf = (principal: string, callId: string): string => JSON.stringify([principal, callId])

  function forget(id: string, { keys, size }: Kept): void {
    for (const key of keys) if (byKey.get(key) === id) byKey.delete(key)
    turns.delete(id)
    bytes -= size
  }
  function tidy(newest: string): void {
    for (const [id, kept] of turns) {
      if (turns.size <= MOST_TURNS && bytes <= MOST_BYTES) return
      if (id !== newest && !kept.turn.isBusy) forget(id, kept)
    }
  }
  return {
    add(id, principal, callIds, turn) {
      const known = turns.get(id)
      const kept = known ?? { turn, keys: new Set<string>(), size: sizeOf(turn) }
      if (!known) {
        turns.set(id, kept)
        bytes += kept.size
      }
      for (const key of callIds.map((callId) => keyOf(principal, callId))) {
        kept.keys.add(key)
        byKey.set(key, id)
      }
      tidy(id)
    },
    get: (id) => turns.get(id)?.turn,
    find: (principal, callId) => turns.get(byKey.get(keyOf(principal, callId)) ?? '')?.turn,
  }
}
