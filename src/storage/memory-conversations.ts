import type { ConversationStore, StoredConversation, StoredMessage } from './conversations.ts'

/** Conversations that end with the process. */
export function createMemoryConversations(): ConversationStore {
  const conversations = new Map<string, StoredConversation>()
  const said = new Map<string, Map<number, StoredMessage>>()
  const newestFirst = (a: StoredConversation, b: StoredConversation): number => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? -1 : 1)
  function putMessage(message: StoredMessage): void {
    const messages = said.get(message.conversation) ?? new Map<number, StoredMessage>()
    said.set(message.conversation, messages.set(message.sequence, message))
  }
  return {
    async put(conversation) {
      conversations.set(conversation.id, conversation)
    },
    find: (id) => Promise.resolve(conversations.get(id)),
    list: (principal) => Promise.resolve([...conversations.values()].filter((one) => principal === undefined || one.principal === principal).sort(newestFirst)),
    async remove(id) {
      conversations.delete(id)
      said.delete(id)
    },
    async putMessage(message) {
      putMessage(message)
    },
    async appendText(conversation, sequence, content, thinking) {
      const message = said.get(conversation)?.get(sequence)
      if (message) putMessage({ ...message, content: message.content + content, thinking: message.thinking + thinking })
    },
    messages: (conversation) => Promise.resolve([...(said.get(conversation)?.values() ?? [])].sort((a, b) => a.sequence - b.sequence)),
    async removeMessages(conversation, before) {
      const messages = said.get(conversation)
      for (const sequence of messages?.keys() ?? []) if (sequence < before) messages?.delete(sequence)
    },
    async interruptStreaming() {
      for (const messages of said.values()) for (const message of messages.values()) if (message.state === 'streaming') putMessage({ ...message, state: 'interrupted' })
    },
  }
}
