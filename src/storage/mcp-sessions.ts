import type { JsonText } from '../lib/json-text.ts'

/** One MCP session of a legacy client. Class D2. */
export interface StoredMcpSession {
  /** A digest of the session id. The id opens the session and is never kept itself. */
  readonly digest: string
  readonly principal: string
  /** The address and selection that it is good for, as text to compare. */
  readonly filter: JsonText
  /** What the client said and asked for, as core/sessions wrote it. */
  readonly facts: JsonText
  readonly expiresAt: Date
}

/** The opening of a stream, or an event that a client may ask for again. */
export interface StoredStreamEntry {
  /** The digest of its session. */
  readonly session: string
  /** Unique and growing within the session. */
  readonly sequence: number
  readonly stream: string
  readonly kind: 'open' | 'message' | 'answer'
  readonly message: string
}

/** MCP sessions and what their streams still have to say. Rejects with `storage_unavailable`; writes keep their order. */
export interface McpSessionStore {
  /** One that was saved before under the same digest is replaced. */
  save(session: StoredMcpSession): Promise<void>
  find(digest: string): Promise<StoredMcpSession | undefined>
  /** Forgets a session with all its entries. */
  remove(digest: string): Promise<void>
  append(entry: StoredStreamEntry): Promise<void>
  /** In the order of their sequence. */
  entries(session: string): Promise<readonly StoredStreamEntry[]>
  removeEntry(session: string, sequence: number): Promise<void>
  removeStream(session: string, stream: string): Promise<void>
  /** Forgets what has expired, what is beyond `count` of those that expire last, and entries without a session. */
  trim(now: Date, count: number): Promise<void>
}
