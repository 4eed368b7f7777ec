/** What the administration answers; the web app imports this file and nothing else of the gateway. */
export interface ReloadAnswer {
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  /** Entities by id, such as `mcpServers.everything`. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Why it was rejected, one line per finding: `trunkline.yaml:7:3 …`; the running configuration stays. */
  readonly problems: readonly string[]
}

/** One model of `GET /_meta/models`, also one that is switched off. */
export interface ModelEntry {
  readonly name: string
  /** The provider, or `trunkline` for a public model of the configuration. */
  readonly owner: string
  /** Unix seconds; 0 where nobody tells. */
  readonly created: number
  readonly enabled: boolean
  readonly favourite: boolean
}

export interface ModelList {
  readonly items: readonly ModelEntry[]
  readonly next: null
}

/** `GET /_meta/costs`: about how many tokens lists of tools cost a model. */
export interface ToolCosts {
  /** The first list of a client of the selection, by its mode. */
  readonly list: { readonly full: number; readonly lazy: number; readonly search: number; readonly code: number }
  readonly tools: number
  readonly servers: readonly { readonly server: string; readonly tools: number; readonly tokens: number }[]
  /** Every preset, whatever is selected. */
  readonly presets: readonly { readonly preset: string; readonly tools: number; readonly tokens: number }[]
}

/** `GET /_meta/usage`: what was used and what it cost, per day (UTC), provider and model. */
export interface UsageReport {
  readonly items: readonly UsageEntry[]
  readonly total: Omit<UsageEntry, 'day' | 'provider' | 'model'>
}

export interface UsageEntry {
  /** `2026-11-21` */
  readonly day: string
  readonly provider: string
  readonly model: string
  readonly attempts: number
  /** Of these, attempts whose usage is an estimate. */
  readonly estimated: number
  /** Attempts with usage whose cost is not known: it is in no sum. */
  readonly unpriced: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Millionths of a US dollar. */
  readonly costMicros: number
}

/** A node of a route: a target, a fork with ways in order, or a choice by role. */
export type RouteView =
  | { readonly kind: 'target'; readonly provider: string; readonly model: string; readonly parameters?: object; readonly overrides?: object }
  | { readonly kind: 'fork'; readonly strategy: string; readonly ways: readonly { readonly weight: number; readonly to: RouteView }[] }
  | { readonly kind: 'roles'; readonly main: RouteView; readonly ways: Readonly<Record<string, RouteView>>; readonly longContextAbove: number }

/** What a name means: `GET /_meta/models/{name}`. */
export interface ModelExplanation {
  readonly name: string
  readonly by:
    | { readonly kind: 'public-model' }
    | { readonly kind: 'provider' | 'native-name' | 'catch-all'; readonly provider: string }
    | { readonly kind: 'rule'; readonly pattern: string }
  readonly root: RouteView
}

/** `PUT /_meta/models/{name}`: what is not named stays. */
export interface ModelChange {
  readonly enabled?: boolean
  readonly favourite?: boolean
}

/** `PUT /_meta/providers/{id}` */
export interface ProviderChange {
  readonly enabled: boolean
}

/** `PUT /_meta/presets/{name}`: the whole preset, with one way to select. */
export interface PresetChange {
  readonly description?: string
  /** Servers whose tags fit, such as `repo+!slow`. */
  readonly filter?: string
  /** Servers with any of these tags. */
  readonly tags?: readonly string[]
  /** These servers. */
  readonly servers?: readonly string[]
}

/** One preset of `GET /_meta/presets`, also as `GET /_meta/presets/{name}`. */
export interface PresetEntry extends PresetChange {
  readonly name: string
  /** `replaced`: changed at run time, in the place of an entry of the document. */
  readonly origin: 'document' | 'overlay' | 'replaced'
  /** Every tag that it names, also under `not`. */
  readonly requestedTags: readonly string[]
  /** The servers that it selects now, in the order of the configuration. */
  readonly selected: readonly string[]
  /** Where MCP clients use it. */
  readonly path: string
}

export interface PresetList {
  readonly items: readonly PresetEntry[]
  readonly next: null
}

/** What the configuration says of a tool; `GET` shows it, `PATCH /_meta/tools/{server}/{tool}` sets members of it, and `null` takes one back. */
export interface ToolChangeRequest {
  readonly name?: string | null
  readonly title?: string | null
  readonly description?: string | null
  readonly annotations?: Readonly<Record<string, unknown>> | null
  readonly enabled?: boolean | null
  readonly hidden?: boolean | null
}

/** One tool of `GET /_meta/tools`, also one that no client sees. */
export interface ToolEntry {
  readonly server: string
  /** The server's own name. */
  readonly tool: string
  /** The name under its server that clients use. */
  readonly name: string
  readonly state: 'listed' | 'hidden' | 'disabled' | 'held'
  /** When its definition was first seen to differ from the approved one. */
  readonly changedAt: string | null
  /** The server runs once for each client or project: an instance listed it, and others may list something else. */
  readonly ofInstance: boolean
  /** What its definition costs a model, roughly. */
  readonly tokens: number
  readonly title: string | null
  readonly description: string | null
  readonly override: Readonly<Record<string, unknown>>
}

export interface ToolList {
  readonly items: readonly ToolEntry[]
  readonly next: null
}

/** `GET /_meta/tools/{server}/{tool}` */
export interface ToolDetails extends ToolEntry {
  /** As clients see it, but for its name. */
  readonly definition: unknown
  /** As the server wrote it. */
  readonly original: unknown
}

/** One changed definition of `GET /_meta/tools/changes`. */
export interface ToolDefinitionChange {
  readonly server: string
  readonly tool: string
  /** Whether it is held back until somebody approves it. */
  readonly held: boolean
  readonly changedAt: string
  readonly approvedAt: string
  readonly approvedDigest: string
  readonly changedDigest: string
  readonly approved: unknown
  readonly changed: unknown
  /** Lines with `-`, `+` or a space before them. Letters that nobody sees are written as `\\u{…}`. */
  readonly diff: readonly string[]
}

export interface ToolDefinitionChanges {
  readonly items: readonly ToolDefinitionChange[]
  readonly next: null
}

/** `POST /_meta/tools/approvals`: one tool by server and name, or all that changed. */
export type ToolApproval = { readonly server: string; readonly tool: string } | { readonly all: true }

export interface ToolApprovals {
  readonly approved: readonly { readonly server: string; readonly tool: string }[]
}

/** `PUT /_meta/servers/{id}` */
export interface ServerChange {
  readonly enabled: boolean
}

/** One call of `GET /_meta/calls`, newest first. */
export interface CallEntry {
  readonly id: string
  readonly startedAt: string
  readonly principal: string
  readonly server: string
  readonly method: string
  readonly name: string
  readonly outcome: string
  readonly errorClass: string | null
  readonly durationMs: number
  readonly attempts: number
  readonly requestBytes: number
  readonly resultBytes: number | null
  readonly requestId: string | null
  /** Only where `mcp.audit.arguments` is on. */
  readonly arguments: unknown
}

export interface CallList {
  readonly items: readonly CallEntry[]
  /** Given as `cursor`, it leads to the calls before these. */
  readonly next: string | null
}
