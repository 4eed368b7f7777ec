import type { PrincipalId } from '../../domain/ids.ts'
import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'

/** How a conversation is led. */
export interface ConversationSettings {
  /** A public model; the one of the configuration without it. */
  readonly model: string | undefined
  readonly systemPrompt: string
  /** Any parameters of the provider, sent as they are. */
  readonly parameters: JsonObject
  /** Presets and MCP servers with commas between them; undefined for none, or the model's own. */
  readonly tools: string | undefined
  /** Rounds of calls; never more than the runs are allowed. */
  readonly maxToolHops: number | undefined
  /** Whether answers are asked for, and told, as they come. */
  readonly streaming: boolean
}

/** A conversation without its messages. It belongs to one principal; to others it does not exist. */
export interface Conversation {
  readonly id: string
  readonly principal: PrincipalId
  /** Empty until somebody said something. */
  readonly title: string
  readonly settings: ConversationSettings
  readonly isFavourite: boolean
  /** Saved ones are kept by rules of their own. */
  readonly saved: { readonly name: string; readonly at: Date } | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StepOutcome {
  readonly text: string
  readonly isError: boolean
  readonly durationMs: number
}

/** One call that the gateway made for an answer. */
export interface ToolStep {
  readonly callId: string
  readonly server: string
  readonly tool: string
  /** JSON text as the model wrote it. */
  readonly argumentsText: string
  /** Undefined while it runs, and for a call that never ended. */
  readonly result: StepOutcome | undefined
}

/** What was sent along with a message; the contents are in its wire form. */
export interface AttachmentNote {
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
}

/** One message as people read it, with what has to be told the model of it. */
export interface ConversationMessage {
  readonly sequence: number
  readonly role: 'user' | 'assistant'
  readonly state: 'complete' | 'streaming' | 'interrupted'
  readonly content: string
  readonly thinking: string
  readonly createdAt: Date
  readonly attachments: readonly AttachmentNote[]
  readonly steps: readonly ToolStep[]
  readonly model: string | undefined
  readonly usage: Usage | undefined
  readonly finishReason: string | undefined
  /**
   * The message again, as Chat Completions has it, with the calls, results and sealed thoughts that it is made of: what the next
   * question repeats. Empty for one that is no more than its content.
   */
  readonly wire: readonly JsonObject[]
}
