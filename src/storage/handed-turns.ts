import type { JsonText } from '../lib/json-text.ts'

/** A turn of a run that its client has to go on with. What was said and called in it are steps of a run under the same id. Class D2. */
export interface StoredTurn {
  readonly id: string
  readonly principal: string
  readonly createdAt: Date
  readonly expiresAt: Date
  /** By which the client may come back; the newest turn has an id that two of them have. */
  readonly callIds: readonly string[]
  /** Roughly what was said in it takes; results of calls that are made later are not counted. */
  readonly bytes: number
  /** What else has to be known of it, as `core/runs` writes it. */
  readonly content: JsonText
}

/** Turns that clients have to go on with. Writes are durable when they settle. What is forgotten is forgotten with its steps. */
export interface HandedTurnStore {
  save(turn: StoredTurn): Promise<void>
  /** Those of a principal that have not expired, by the ids they were asked for with. */
  find(principal: string, callIds: readonly string[], now: Date): Promise<ReadonlyMap<string, Pick<StoredTurn, 'id' | 'content'>>>
  /** Of one principal: so many at most, and no more bytes together. */
  keepNewest(principal: string, limits: { readonly count: number; readonly bytes: number }): Promise<void>
  removeExpired(now: Date): Promise<void>
}
