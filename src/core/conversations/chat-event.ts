import type { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { RunCall } from '../runs/index.ts'
import type { Conversation, ConversationMessage, StepOutcome } from './conversation.ts'

/** What happens in a conversation, told to everybody who watches it, in one order. */
export type ChatEvent =
  | { readonly kind: 'user-message'; readonly message: ConversationMessage; readonly clientId: string | undefined }
  | { readonly kind: 'delta'; readonly message: number; readonly content?: string; readonly thinking?: string }
  | { readonly kind: 'answer-ended'; readonly message: ConversationMessage }
  | { readonly kind: 'tool-started'; readonly call: RunCall }
  | { readonly kind: 'tool-progress'; readonly call: RunCall; readonly progress: string }
  | { readonly kind: 'tool-ended'; readonly call: RunCall; readonly outcome: StepOutcome }
  | { readonly kind: 'question'; readonly question: ChatQuestion }
  | { readonly kind: 'question-closed'; readonly id: string }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'changed'; readonly conversation: Conversation }
  | { readonly kind: 'deleted'; readonly id: string }
  | { readonly kind: 'failed'; readonly error: GatewayError }

/** What somebody has to say something to, before the answer goes on. */
export type ChatQuestion =
  | { readonly kind: 'approval'; readonly id: string; readonly call: RunCall; readonly expiresAt: Date }
  | { readonly kind: 'elicitation'; readonly id: string; readonly call: RunCall; readonly params: JsonObject; readonly expiresAt: Date }

/** An event with its place. Places grow, also from one process to the next, so that none is ever taken for another. */
export interface PlacedEvent {
  readonly place: number
  readonly event: ChatEvent
}
