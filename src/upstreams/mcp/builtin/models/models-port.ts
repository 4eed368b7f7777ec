import type { JsonObject } from '../../../../lib/json.ts'

export interface ModelRequest {
  /** A public model; the gateway's default without it. */
  readonly model: string | undefined
  /** Messages of Chat Completions. */
  readonly messages: readonly JsonObject[]
  /** Anything else that the provider shall get, known to us or not. */
  readonly parameters: JsonObject
}

export interface ModelAnswer {
  readonly model: string
  readonly text: string
  readonly thinking: string
  readonly finish: string
  /** Tokens; undefined where nobody counted. */
  readonly usage: { readonly input: number; readonly output: number } | undefined
  readonly durationMs: number
}

/** What the server needs of the gateway. Failures are `GatewayError`s with messages that may be shown. */
export interface ModelsPort {
  /** Through the same exchanges as every client; `onText` hears the answer as it comes. */
  ask(request: ModelRequest, onText: (text: string) => void, signal: AbortSignal): Promise<ModelAnswer>
  list(signal: AbortSignal): Promise<readonly JsonObject[]>
  health(): JsonObject
  /** Where a name leads. */
  explain(model: string): JsonObject
  /** Metrics in the text format of Prometheus. */
  metrics(): string
}
