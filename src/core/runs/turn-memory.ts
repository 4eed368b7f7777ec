import { randomUUID } from 'node:crypto'
import type { JsonText } from '../../lib/json-text.ts'
import type { RunStore } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Principal } from '../identity/index.ts'
import { createCallsApart } from './calls-apart.ts'
import { handOver, type BegunTurn, type HandedTurn } from './hand-over.ts'
import { createRunJournal, NO_JOURNAL } from './run-journal.ts'
import { pastTurn, type RememberedTurn } from './remembered-turn.ts'
import { readHandedTurn, writeHandedTurn } from './stored-turn.ts'
import { createTurnCache, sizeOf } from './turn-cache.ts'

/** A turn to be handed over, and the ids by which its client may come back. */
export interface Handing {
  readonly principal: Principal
  readonly callIds: readonly string[]
  readonly turn: HandedTurn
  /** The run's own, of one that is gone on with by another process: it hands over the same turn again then. */
  readonly durableId: string | undefined
  readonly logger: Logger
}

/**
 * Turns by the ids of the calls that their clients know of: a client returns with its results, or with what it was told, and knows
 * nothing of the rest. What a client has to go on with survives the process. Bounded, in number, size and time; what was forgotten is
 * only missing from the conversation. Disposing it ends the calls that are being made while clients are away.
 */
export interface TurnMemory extends AsyncDisposable {
  /** A turn that its client knows the most of; in memory only. */
  remember(principal: Principal, callIds: readonly string[], elements: readonly JsonText[]): void
  /** Settles once the turn is written down, before any call of it is made. Never rejects: a turn that cannot be written down ends with the process. */
  keep(handing: Handing): Promise<BegunTurn>
  /** By the ids that were asked for with. */
  recall(principal: Principal, callIds: readonly string[]): Promise<ReadonlyMap<string, RememberedTurn>>
}

const RETENTION_MS = 30 * 24 * 60 * 60 * 1000
/** Of one principal. */
const LIMITS = { count: 2_000, bytes: 256 * 1024 * 1024 }
/** Old turns are looked for with every so many new ones. */
const TIDY_EVERY = 32
const MOST_ABSENT = 20_000

export function createTurnMemory(store: RunStore, now: () => Date = () => new Date()): TurnMemory {
  const cache = createTurnCache()
  const apart = createCallsApart()
  /** What is stored is stored by this process, so that an id which is not stored now comes into the cache first. */
  const absent = new Set<string>()
  let kept = 0
  const keyOf = (principal: string, callId: string): string => JSON.stringify([principal, callId])

  function add(id: string, { id: principal }: Principal, callIds: readonly string[], turn: RememberedTurn): void {
    for (const callId of callIds) absent.delete(keyOf(principal, callId))
    cache.add(id, principal, callIds, turn)
  }

  async function write(id: string, { principal, callIds, turn, durableId }: Handing): Promise<BegunTurn> {
    const journal = createRunJournal(store, id)
    const [past] = durableId === undefined ? [] : await journal.read()
    const createdAt = now()
    const { content, said } = writeHandedTurn(turn)
    const stored = { id, principal: principal.id, createdAt, expiresAt: new Date(createdAt.getTime() + RETENTION_MS), callIds, bytes: sizeOf(turn) + content.length, content }
    await Promise.all([store.turns.save(stored), past ? undefined : journal.turn(said)])
    return handOver(turn, apart, journal, past ?? { results: new Map(), begun: new Set() })
  }

  async function tidy({ principal }: Handing): Promise<void> {
    if (++kept % TIDY_EVERY !== 0) return
    await store.turns.keepNewest(principal.id, LIMITS)
    await store.turns.removeExpired(now())
  }

  async function load(principal: Principal, callIds: readonly string[]): Promise<void> {
    const stored = await store.turns.find(principal.id, callIds, now())
    for (const [callId, { id, content }] of stored) {
      const journal = createRunJournal(store, id)
      const [past] = cache.get(id) ? [] : await journal.read()
      // Another request may have been quicker: there is one of each turn, which makes its calls once.
      const turn = cache.get(id) ?? (past && handOver(readHandedTurn(content, past), apart, journal, past))
      if (turn && !cache.find(principal.id, callId)) add(id, principal, [callId], turn)
    }
    if (absent.size > MOST_ABSENT) absent.clear()
    for (const callId of callIds) if (!cache.find(principal.id, callId)) absent.add(keyOf(principal.id, callId))
  }

  return {
    remember: (principal, callIds, elements) => add(randomUUID(), principal, callIds, pastTurn(elements)),
    async keep(handing) {
      const { principal, callIds, turn, durableId, logger } = handing
      const id = durableId === undefined ? `turn_${randomUUID().replaceAll('-', '')}` : `turn_of_${durableId}`
      let begun: BegunTurn
      try {
        begun = await write(id, handing)
      } catch (error) {
        logger.error({ err: error }, 'a turn that was handed over could not be recorded')
        begun = handOver(turn, apart, NO_JOURNAL, { results: new Map(), begun: new Set() })
      }
      add(id, principal, callIds, begun)
      await tidy(handing).catch((error: unknown) => logger.error({ err: error }, 'old turns could not be forgotten'))
      return begun
    },
    async recall(principal, callIds) {
      const unknown = callIds.filter((callId) => !cache.find(principal.id, callId) && !absent.has(keyOf(principal.id, callId)))
      if (unknown.length > 0) await load(principal, unknown)
      return new Map(callIds.flatMap((callId) => {
        const turn = cache.find(principal.id, callId)
        return turn ? [[callId, turn] as const] : []
      }))
    },
    [Symbol.asyncDispose]: () => apart[Symbol.asyncDispose](),
  }
}
