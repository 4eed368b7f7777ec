import type { ChatConfig, GatewayConfig } from '../config/index.ts'
import type { Calls } from '../core/calls/index.ts'
import type { Catalog } from '../core/catalog/index.ts'
import { createConversations, type Conversations } from '../core/conversations/index.ts'
import type { Runs } from '../core/runs/index.ts'
import { createAutoConversations, createMemoryConversations, type ConversationStore, type Storage } from '../storage/index.ts'
import { createChatWsSurface } from '../surfaces/chat-ws/index.ts'
import type { BodyLimits, HttpSurface } from '../surfaces/http/index.ts'
import { createSessionsSurface } from '../surfaces/sessions/index.ts'
import type { Logger } from '../telemetry/index.ts'

export interface ChatDeps {
  /** Read as needed; where conversations are is fixed. */
  readonly config: () => GatewayConfig
  readonly storage: Pick<Storage, 'conversations'>
  readonly runs: Runs
  readonly catalog: Catalog
  readonly calls: Calls
  readonly logger: Logger
  readonly bodyLimits: () => BodyLimits
}

export interface Chat {
  readonly conversations: Conversations
  readonly surfaces: readonly HttpSurface[]
  /** Begins no answers any more and settles when the running ones have ended, or after a while. */
  drain(deadlineMs: number): Promise<void>
}

function storeFor({ storage }: ChatConfig, database: ConversationStore): ConversationStore {
  if (storage === 'sqlite') return database
  const memory = createMemoryConversations()
  return storage === 'memory' ? memory : createAutoConversations(memory, database)
}

/** Conversations, and both ways to them. */
export function joinChat({ config, storage, runs, catalog, calls, logger, bodyLimits }: ChatDeps): Chat {
  const conversations = createConversations({ runs, catalog, calls, store: storeFor(config().chat, storage.conversations), logger, settings: () => config().chat })
  const webSocket = createChatWsSurface({
    conversations,
    settings() {
      const { maxMessageBytes, heartbeat, allowedOrigins, notificationFormat } = config().chat
      return { maxMessageBytes, heartbeat, allowedOrigins, notifications: notificationFormat }
    },
  })
  return {
    conversations,
    surfaces: [webSocket, createSessionsSurface({ conversations, bodyLimits })],
    async drain(deadlineMs) {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, deadlineMs)
      await Promise.race([conversations.drain(), late.promise])
      clearTimeout(timer)
    },
  }
}
