import type { JsonObject } from '../../lib/json.ts'

/** How conversations are kept and led. Durations in milliseconds. */
export interface ChatSettings {
  /** Of conversations that name none. */
  readonly model: string | undefined
  readonly systemPrompt: string
  readonly parameters: JsonObject
  /** Tools of conversations that do not say. */
  readonly tools: string | undefined
  readonly maxToolHops: number | undefined
  readonly streaming: boolean
  readonly persistence: {
    /** Text is written when it is this old, */
    readonly intervalMs: number
    /** or when there is so much of it. */
    readonly minChars: number
    /** False writes an answer once, at its end. */
    readonly persistDeltas: boolean
  }
  readonly retention: {
    /** Of what is neither saved nor a favourite; 0 keeps it. */
    readonly maxAgeMs: number
    /** Per conversation: the oldest go; 0 keeps all. */
    readonly maxMessages: number
    /** Per principal, saved ones and favourites not counted: the ones that were not used for the longest time go; 0 keeps all. */
    readonly maxSessions: number
    readonly cleanupIntervalMs: number
  }
  readonly saved: {
    readonly enabled: boolean
    /** 0 keeps them. */
    readonly retentionMs: number
    /** Per principal: the next is refused. */
    readonly maxSaved: number
  }
  readonly resources: {
    /** Presets and MCP servers whose resources the model is told of; undefined for none. */
    readonly selection: string | undefined
    readonly maxItems: number
    readonly cacheMs: number
  }
  /** How long an answer goes on without anybody who watches. */
  readonly orphanMs: number
  /** How long somebody's word is waited for. */
  readonly approvalMs: number
}

export const DEFAULT_CHAT_SETTINGS: ChatSettings = {
  model: undefined,
  systemPrompt: '',
  parameters: {},
  tools: undefined,
  maxToolHops: undefined,
  streaming: true,
  persistence: { intervalMs: 200, minChars: 1024, persistDeltas: true },
  retention: { maxAgeMs: 30 * 24 * 3_600_000, maxMessages: 1000, maxSessions: 1000, cleanupIntervalMs: 600_000 },
  saved: { enabled: true, retentionMs: 0, maxSaved: 100 },
  resources: { selection: undefined, maxItems: 50, cacheMs: 60_000 },
  orphanMs: 300_000,
  approvalMs: 300_000,
}
