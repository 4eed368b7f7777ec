import type { Scope } from './scope.ts'

/** Groups of tools of the built-in server `manage`. `safe` is what the others have that only reads. */
export const MANAGE_CATEGORIES = ['discovery', 'installation', 'management', 'safe'] as const

export type ManageCategory = (typeof MANAGE_CATEGORIES)[number]

/** Where MCP servers are found. It is the operator’s word, so it may be an address of a private network. */
export interface ManageRegistry {
  readonly url: string
  /** Longest that one question may take. */
  readonly timeoutMs: number
  /** Longest answer. */
  readonly maxBytes: number
}

/** What the built-in server `manage` may do. */
export interface ManageSettings {
  readonly categories: readonly ManageCategory[]
  /** Whether it may change how chats are led. */
  readonly chat: boolean
  /** Whether a caller may say what is started: command, arguments, variables, and with that every package. */
  readonly allowCommands: boolean
  readonly registry: ManageRegistry | undefined
  /** Variables of the gateway that a caller may name as `${NAME}`, also with a `*` at the end. */
  readonly variables: readonly string[]
  /** Addresses and networks that servers may have though they are not public. */
  readonly allowAddresses: readonly string[]
}

/** What a caller needs for tools that administer the gateway: those that say that they only read, and all others. */
export interface AdministrationScopes {
  readonly reads: Scope
  readonly changes: Scope
}
