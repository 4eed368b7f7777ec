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
  readonly list: { readonly full: number; readonly lazy: number; readonly search: number }
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
