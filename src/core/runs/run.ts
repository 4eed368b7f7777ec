import type { JsonText } from '../../lib/json-text.ts'
import type { ToolContent } from './tool-content.ts'

/** One call that the gateway makes for a model. */
export interface RunCall {
  readonly callId: string
  /** As the model knows it. */
  readonly name: string
  readonly server: string
  /** As its server calls it. */
  readonly tool: string
  /** JSON text as the model wrote it. */
  readonly argumentsText: string
  readonly isDestructive: boolean
}

export type Approval = { readonly kind: 'approved' } | { readonly kind: 'denied'; readonly reason: string }

/** Somebody who watches a run and may be asked. Nothing of it is waited for but `approve`. */
export interface RunObserver {
  callStarted?(call: RunCall): void
  /** Params of the server's progress notification as JSON text. */
  callProgress?(call: RunCall, progress: string): void
  callEnded?(call: RunCall, result: ToolContent, durationMs: number): void
  /** Without it, what needs approval is denied. */
  approve?(call: RunCall, signal: AbortSignal): Promise<Approval>
  /** What a server asks whoever is behind the run, as a request of MCP; without it the server is told that nobody answers. */
  answer?(call: RunCall, method: string, params: string | undefined): Promise<string>
  /** The elements of the client's dialect that a turn adds to the conversation: what the model said, then the results of its calls. */
  turnEnded?(elements: readonly JsonText[]): void
  /** Wants fewer rounds of calls than the settings allow; never gets more. */
  readonly maxHops?: number
}
