import type { JsonText } from '../lib/json-text.ts'

/** A definition of a tool as its server wrote it, and the digest of what it means. */
export interface StoredDefinition {
  readonly digest: string
  readonly definition: JsonText
  /** When it was approved, or first seen to differ. */
  readonly at: Date
}

/** What is known of one tool of one server. Class D0. */
export interface StoredToolPin {
  readonly server: string
  readonly tool: string
  readonly approved: StoredDefinition
  /** What the server lists now, when it is something else. */
  readonly changed: StoredDefinition | undefined
  /** Digests of definitions that are approved as well, of a server of which clients have instances of their own. */
  readonly variants?: readonly string[]
}

/** Approved definitions of tools. Rejects with `storage_unavailable`; writes keep their order and are durable when they settle. */
export interface ToolPinStore {
  all(): Promise<readonly StoredToolPin[]>
  /** In the place of what was known of the same tool. */
  save(pin: StoredToolPin): Promise<void>
}
