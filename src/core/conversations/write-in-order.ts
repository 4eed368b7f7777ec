import type { ConversationStore } from '../../storage/index.ts'

/** The store for one conversation: writes go one after the other, as the store demands where it moves conversations. */
export function writeInOrder(store: ConversationStore): ConversationStore {
  let tail: Promise<unknown> = Promise.resolve()
  const queue = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const done = tail.then(task)
    tail = done.catch(() => undefined)
    return done
  }
  return {
    ...store,
    put: (conversation) => queue(() => store.put(conversation)),
    remove: (id) => queue(() => store.remove(id)),
    putMessage: (message) => queue(() => store.putMessage(message)),
    appendText: (...text) => queue(() => store.appendText(...text)),
    removeMessages: (...range) => queue(() => store.removeMessages(...range)),
  }
}
