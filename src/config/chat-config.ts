import type { JsonObject } from '../lib/json.ts'
import type { DocumentValue } from './document-schema.ts'

/** How conversations are kept and led, and how `/ws/chat` serves them. */
export interface ChatConfig {
  readonly model: string | undefined
  readonly systemPrompt: string
  readonly parameters: JsonObject
  readonly maxToolHops: number | undefined
  /** Presets and MCP servers with commas between them. */
  readonly tools: string | undefined
  readonly notificationFormat: 'detailed' | 'simple' | 'none'
  readonly storage: 'sqlite' | 'memory' | 'auto'
  readonly streaming: boolean
  readonly persistence: { readonly intervalMs: number; readonly minChars: number; readonly persistDeltas: boolean }
  readonly retention: { readonly maxAgeMs: number; readonly maxMessages: number; readonly maxSessions: number; readonly cleanupIntervalMs: number }
  readonly saved: { readonly enabled: boolean; readonly retentionMs: number; readonly maxSaved: number }
  readonly resources: { readonly selection: string | undefined; readonly maxItems: number; readonly cacheMs: number }
  readonly orphanMs: number
  readonly approvalMs: number
  readonly maxMessageBytes: number
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  /** Undefined for those of the server. */
  readonly allowedOrigins: readonly string[] | undefined
}

const HOUR_MS = 3_600_000

export function chatConfig({ chat }: DocumentValue): ChatConfig {
  const { model, systemPrompt, parameters, maxToolHops, tools, storage, streaming, retention, saved, resources, ping } = chat
  const { maxAgeHours, cleanupInterval, ...sizes } = retention
  return {
    model,
    systemPrompt,
    parameters: parameters as JsonObject,
    maxToolHops,
    tools: tools.selection,
    notificationFormat: tools.notificationFormat,
    storage,
    streaming: streaming.enabled,
    persistence: streaming.persistence,
    retention: { ...sizes, maxAgeMs: maxAgeHours * HOUR_MS, cleanupIntervalMs: cleanupInterval },
    saved: { enabled: saved.enabled, retentionMs: saved.retentionDays * 24 * HOUR_MS, maxSaved: saved.maxSaved },
    resources: { selection: resources.selection, maxItems: resources.maxItems, cacheMs: resources.cacheTime },
    orphanMs: chat.orphanTimeout,
    approvalMs: chat.approvalTimeout,
    maxMessageBytes: chat.maxMessageSize,
    heartbeat: { intervalMs: ping.interval, timeoutMs: ping.timeout },
    allowedOrigins: chat.allowedOrigins,
  }
}
