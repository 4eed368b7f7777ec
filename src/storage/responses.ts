import type { JsonText } from '../lib/json-text.ts'

/** One response that a client may come back to. Class D2. */
export interface StoredResponse {
  /** The provider's own for what is stored there, ours for what is stored here. */
  readonly id: string
  readonly principal: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly publicModel: string
  readonly provider: string
  /** The provider's own name of the model. */
  readonly model: string
  /** `provider`: only where it is, is known here. `gateway`: all of it is here. */
  readonly place: 'provider' | 'gateway'
  readonly status: 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'
  readonly isBackground: boolean
  /** The response that it goes on from, when that one is here too. */
  readonly previousId: string | undefined
  /** Its own input items, as the client wrote them: a JSON list. */
  readonly input: JsonText | undefined
  /** The whole response as it was told. */
  readonly body: JsonText | undefined
}

/** Stored responses and where they are. */
export interface ResponseStore {
  /** Settles once it is on disk; one that was stored before under the same id is replaced. Rejects with `storage_unavailable`. */
  save(response: StoredResponse): Promise<void>
  find(id: string): Promise<StoredResponse | undefined>
  remove(id: string): Promise<void>
  /** Those of this gateway that had not ended. */
  listUnfinished(): Promise<readonly StoredResponse[]>
  /** Forgets what has expired. */
  removeExpired(now: Date): Promise<void>
  /** Forgets the oldest of one principal beyond `count`. */
  keepNewest(principal: string, count: number): Promise<void>
}
