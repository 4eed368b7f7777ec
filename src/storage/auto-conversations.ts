import type { ConversationStore, StoredConversation } from './conversations.ts'

/**
 * Two stores as one: conversations live in the first and leave nothing behind, until they are saved or made a favourite; from then on
 * they are in the second, with everything that was said before. Writes of one conversation have to come
 * one after the other.
 */
export function createAutoConversations(memory: ConversationStore, durable: ConversationStore): ConversationStore {
  const isKept = ({ savedName, isFavourite }: StoredConversation): boolean => savedName !== undefined || isFavourite
  const storeOf = async (id: string): Promise<ConversationStore> => ((await memory.find(id)) === undefined ? durable : memory)

  async function moveToDurable(conversation: StoredConversation): Promise<void> {
    await Promise.all((await memory.messages(conversation.id)).map((message) => durable.putMessage(message)))
    await durable.put(conversation)
    await memory.remove(conversation.id)
  }

  return {
    async put(conversation) {
      const inMemory = await memory.find(conversation.id)
      if (inMemory) return isKept(conversation) ? moveToDurable(conversation) : memory.put(conversation)
      if (isKept(conversation) || (await durable.find(conversation.id)) !== undefined) return durable.put(conversation)
      return memory.put(conversation)
    },
    find: async (id) => (await memory.find(id)) ?? durable.find(id),
    async list(principal) {
      const all = [...(await memory.list(principal)), ...(await durable.list(principal))]
      return all.sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? -1 : 1))
    },
    remove: async (id) => (await storeOf(id)).remove(id),
    putMessage: async (message) => (await storeOf(message.conversation)).putMessage(message),
    appendText: async (conversation, ...rest) => (await storeOf(conversation)).appendText(conversation, ...rest),
    messages: async (conversation) => (await storeOf(conversation)).messages(conversation),
    removeMessages: async (conversation, before) => (await storeOf(conversation)).removeMessages(conversation, before),
    interruptStreaming: () => durable.interruptStreaming(),
  }
}
