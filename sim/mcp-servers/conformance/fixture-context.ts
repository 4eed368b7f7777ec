import type { JsonObject } from '../../../src/lib/json.ts'

/** What a tool or prompt of the fixture can do while it serves one call. The same code runs in both eras. */
export interface FixtureContext {
  readonly modern: boolean
  readonly arguments: JsonObject
  /** Aborts when the client cancels the call. */
  readonly signal: AbortSignal
  readonly meta: JsonObject
  /** What the client declared. */
  readonly capabilities: JsonObject
  /** The state that came back with a retry, checked against tampering. */
  readonly state: JsonObject | undefined
  progress(progress: number, total: number): void
  log(level: string, data: string): void
  /** Asks the client: legacy by real requests, modern by an `input_required` result with the state. */
  ask(requests: Readonly<Record<string, { readonly method: string; readonly params: JsonObject }>>, state?: JsonObject): Promise<Readonly<Record<string, JsonObject>>>
  /** Breaks the stream of this call; its result comes to whoever takes the stream up again. */
  dropStream(): void
  /** Tells everybody who listens that a list changed; the list really changes. */
  changeList(list: 'tools' | 'prompts'): void
  /** Tells subscribers that a resource changed. */
  touch(uri: string): void
}

export interface FixtureTool {
  readonly listed: JsonObject
  run(context: FixtureContext): JsonObject | Promise<JsonObject>
}

export function text(value: string): JsonObject {
  return { content: [{ type: 'text', text: value }] }
}
