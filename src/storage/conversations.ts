import type { JsonText } from '../lib/json-text.ts'

/** A conversation without its messages. Class D2. */
export interface StoredConversation {
  readonly id: string
  /** Whose it is. */
  readonly principal: string
  readonly title: string
  /** What it is led with, as `core/conversations` writes it. */
  readonly settings: JsonText
  readonly isFavourite: boolean
  /** Set for those that were saved. */
  readonly savedName: string | undefined
  readonly savedAt: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StoredMessage {
  readonly conversation: string
  /** Grows from message to message of its conversation. */
  readonly sequence: number
  readonly role: 'user' | 'assistant'
  readonly state: 'complete' | 'streaming' | 'interrupted'
  readonly content: string
  readonly thinking: string
  /** The rest, as `core/conversations` writes it. */
  readonly facts: JsonText
  readonly createdAt: Date
}

/** Conversations and what was said in them. Writes settle once they are as durable as the store is; they keep their order. */
export interface ConversationStore {
  /** Replaces the one of this id, without its messages. */
  put(conversation: StoredConversation): Promise<void>
  find(id: string): Promise<StoredConversation | undefined>
  /** Those of one principal or of all, the one that was used last first. */
  list(principal?: string): Promise<readonly StoredConversation[]>
  /** With its messages. */
  remove(id: string): Promise<void>
  /** Replaces the one of this sequence. */
  putMessage(message: StoredMessage): Promise<void>
  /** Adds to the texts of a message that is there. */
  appendText(conversation: string, sequence: number, content: string, thinking: string): Promise<void>
  /** In their order. */
  messages(conversation: string): Promise<readonly StoredMessage[]>
  /** Those before this sequence. */
  removeMessages(conversation: string, before: number): Promise<void>
  /** Messages that were being written when the last process ended will not be: they become interrupted. */
  interruptStreaming(): Promise<void>
}
