import type { PrincipalId } from '../../domain/ids.ts'
import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { StoredConversation, StoredMessage } from '../../storage/index.ts'
import type { AttachmentNote, Conversation, ConversationMessage, ConversationSettings, ToolStep } from './conversation.ts'

/** The settings and facts of a row are this room's own words: it wrote them, and trusts them. */
interface MessageFacts {
  readonly attachments?: readonly AttachmentNote[]
  readonly steps?: readonly ToolStep[]
  readonly model?: string
  readonly usage?: Usage
  readonly finishReason?: string
  readonly wire?: readonly JsonObject[]
}

const NO_SETTINGS: ConversationSettings = { model: undefined, systemPrompt: '', parameters: {}, tools: undefined, maxToolHops: undefined, streaming: true }

export function storeConversation({ saved, settings, ...rest }: Conversation): StoredConversation {
  return { ...rest, settings: JSON.stringify(settings) as JsonText, savedName: saved?.name, savedAt: saved?.at }
}

export function readConversation({ savedName, savedAt, settings, principal, ...rest }: StoredConversation): Conversation {
  return {
    ...rest,
    principal: principal as PrincipalId,
    settings: { ...NO_SETTINGS, ...(JSON.parse(settings) as Partial<ConversationSettings>) },
    saved: savedName === undefined ? undefined : { name: savedName, at: savedAt ?? rest.updatedAt },
  }
}

export function storeMessage(conversation: string, message: ConversationMessage): StoredMessage {
  const { sequence, role, state, content, thinking, createdAt, ...facts } = message
  return { conversation, sequence, role, state, content, thinking, createdAt, facts: JSON.stringify(facts) as JsonText }
}

export function readMessage({ conversation: _conversation, facts, ...rest }: StoredMessage): ConversationMessage {
  const { attachments = [], steps = [], wire = [], model, usage, finishReason } = JSON.parse(facts) as MessageFacts
  return { ...rest, attachments, steps, wire, model, usage, finishReason }
}
