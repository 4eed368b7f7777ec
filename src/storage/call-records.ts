import type { JsonText } from '../lib/json-text.ts'

/** One call of a capability and how it ended. */
export interface CallRecord {
  /** Unique for ever. Ids of one millisecond keep the order of their calls. */
  readonly id: string
  readonly startedAt: Date
  readonly principal: string
  readonly server: string
  /** `tools/call` */
  readonly method: string
  /** The server's own name of the tool or prompt, or the URI. */
  readonly name: string
  readonly outcome: string
  /** Undefined for a call that was answered well. */
  readonly errorClass: string | undefined
  readonly durationMs: number
  /** More than 1 when it was repeated. */
  readonly attempts: number
  readonly requestBytes: number
  /** Undefined when there was no result. */
  readonly resultBytes: number | undefined
  readonly requestId: string | undefined
  /** Only where the configuration asks for it. */
  readonly arguments: JsonText | undefined
}

/** Which calls, newest first. */
export interface CallQuery {
  readonly server?: string
  readonly name?: string
  readonly principal?: string
  readonly outcome?: string
  readonly errorClass?: string
  readonly requestId?: string
  readonly since?: Date
  readonly until?: Date
  /** Only what comes after this one in the answer. */
  readonly after?: { readonly startedAt: Date; readonly id: string }
  readonly limit: number
}

/** The record of all calls. Class D1. Rejects with `storage_unavailable`. */
export interface CallRecordStore {
  /** All of them in as few writes as the database takes; a record that arrives twice is kept once. */
  append(records: readonly CallRecord[]): Promise<void>
  find(query: CallQuery): Promise<readonly CallRecord[]>
  /** Forgets calls that began before. */
  trim(before: Date): Promise<void>
}
