import type { JsonObject } from '../lib/json.ts'
import type { McpServerId } from './ids.ts'
import type { AdministrationScopes } from './manage.ts'
import type { SamplingPolicy } from './sampling-policy.ts'

/** What the configuration says of one tool. What it does not say stays as the server has it; the schema always does. */
export interface ToolOverride {
  /** The name that clients see and call, in the place of the server's own. */
  readonly name?: string | undefined
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** Set beside the server's own annotations, or over them. */
  readonly annotations?: JsonObject | undefined
  /** Nobody may see or call a tool that is switched off. */
  readonly enabled?: boolean | undefined
  /** It is in no list, and can be called by who knows its name. */
  readonly hidden?: boolean | undefined
}

/** What becomes of a tool whose definition changed after it was approved: nothing, a flag, or neither list nor call. */
export const PINNING_MODES = ['off', 'warn', 'hold'] as const

export type PinningMode = (typeof PINNING_MODES)[number]

/** Bounds of the calls of one server. */
export interface CallLimits {
  /** Calls at one time; undefined for any number. */
  readonly concurrency: number | undefined
  /** Calls that may wait for their turn. */
  readonly queue: number
  readonly queueTimeoutMs: number
  /** Longest result that a client gets; undefined for any length. */
  readonly resultBytes: number | undefined
}

/** What can change about a server while it runs, without starting it anew. */
export interface ServerSettings {
  readonly server: McpServerId
  /** By the server's own names. */
  readonly tools: Readonly<Record<string, ToolOverride>>
  /** The server's own names of tools that are off unless `tools` says otherwise. */
  readonly disabledTools: readonly string[]
  /** The only tools that are on unless `tools` says otherwise; all of them without it. */
  readonly enabledTools: readonly string[] | undefined
  /** In the place of the server's own; false for none. */
  readonly instructions: string | false | undefined
  readonly pinning: PinningMode
  readonly limits: CallLimits
  /** How often a call that surely may be repeated is made again after the server broke. */
  readonly retries: number
  /** Undefined for a server that gets no model from the gateway. */
  readonly sampling?: SamplingPolicy | undefined
  /** Of a server whose tools administer the gateway: whoever lacks them neither sees nor calls those tools. */
  readonly administration?: AdministrationScopes
}
