import type { JsonObject } from '../../../src/lib/json.ts'

export interface Media {
  readonly mediaType: 'image/png' | 'application/pdf'
  readonly base64: string
}

export interface Tool {
  readonly name: string
  readonly schema: JsonObject
}

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly input: unknown
}

export interface ToolResult {
  readonly call: ToolCall
  readonly text: string
}

export type Turn =
  | { readonly kind: 'user'; readonly text: string; readonly media?: readonly Media[] }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'results'; readonly results: readonly ToolResult[] }

export interface Question {
  readonly turns: readonly [Turn, ...Turn[]]
  readonly tools?: readonly Tool[]
  /** Asks for reasoning, shown and sealed, as this SDK's users do. */
  readonly thinks?: boolean
  readonly schema?: JsonObject
  readonly signal?: AbortSignal
}

/** What an SDK makes of an answer; in a stream, its own accumulator. */
export interface Answer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly ToolCall[]
  /** In the SDK's words. */
  readonly finish: string
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  /** The turn in the SDK's own form, to be sent back as it is. */
  readonly native: unknown
}

/** What an SDK throws. */
export interface Failure {
  /** The SDK's class of it. */
  readonly kind: string
  readonly status: number | undefined
  readonly message: string
  /** `retry-after`, where the SDK shows headers. */
  readonly retryAfter: string | undefined
}

/** Where an SDK is pointed at. */
export interface Place {
  /** Of the gateway, without a path. */
  readonly origin: string
  readonly model: string
}
