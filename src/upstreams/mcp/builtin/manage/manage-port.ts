import type { JsonObject } from '../../../../lib/json.ts'
import type { UsageSum } from '../../../../domain/usage-sum.ts'

/** One configured server or template, also one that is switched off. */
export interface ManagedServer {
  readonly id: string
  /** As it was written, with `${NAME}` in it. Other texts may be secrets: it is masked before anybody sees it. */
  readonly written: JsonObject
  /** `installed`: at run time. `default`: it is there without a document. */
  readonly source: 'document' | 'installed' | 'default'
  readonly isTemplate: boolean
  readonly isEnabled: boolean
  /** Why it cannot be enabled. */
  readonly disabledReason: string | undefined
  /** How it is: `state`, `reason`, `tools`, `transport`, `era`, `nextAttemptAt`. */
  readonly health: JsonObject
}

/** What became of a change; nothing was changed when it was rejected. */
export interface ManageOutcome {
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly problems: readonly string[]
}

/** One change, as `core/config-change` knows it. */
export type ManageChange =
  | { readonly kind: 'server'; readonly server: string; readonly isEnabled: boolean }
  | { readonly kind: 'install'; readonly server: string; readonly entry: JsonObject }
  | { readonly kind: 'reinstall'; readonly server: string; readonly entry: JsonObject | undefined }
  | { readonly kind: 'edit-server'; readonly server: string; readonly change: JsonObject }
  | { readonly kind: 'chat'; readonly change: JsonObject | undefined }

/** How chats are led that do not say it themselves. */
export interface ChatConfiguration {
  readonly model: string | undefined
  readonly systemPrompt: string
  readonly maxToolHops: number | undefined
  readonly parameters: JsonObject
  /** Settings that were changed at run time, by their names in the document. */
  readonly changed: readonly string[]
}

/** What the server needs of the gateway. Failures are `GatewayError`s with messages that may be shown. */
export interface ManagePort {
  servers(): readonly ManagedServer[]
  /** The gateway itself: version, configuration, providers. */
  status(): JsonObject
  /** Checked, written and in force when it settles. */
  apply(change: ManageChange): Promise<ManageOutcome>
  /** Reads the document again; a bad one is rejected and the running one stays. */
  reload(): Promise<ManageOutcome>
  /** False when there is no such server. */
  restart(server: string): boolean
  /** Settles when the first contact with a server that was just started is over, or has taken too long. */
  contacted(server: string): Promise<void>
  usage(span: { readonly since?: Date; readonly until?: Date }): Promise<readonly UsageSum[]>
  chat(): ChatConfiguration
  /** Throws `unknown_model` with the nearest names. */
  checkModel(model: string): void
}
