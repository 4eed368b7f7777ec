import type { StoredConversation } from '../../storage/index.ts'
import type { ConversationMessage } from './conversation.ts'
import type { ChatSettings } from './settings.ts'

const newestFirst = (a: StoredConversation, b: StoredConversation): number => b.updatedAt.getTime() - a.updatedAt.getTime()

const isOld = (at: Date, ageMs: number, now: number): boolean => ageMs > 0 && now - at.getTime() > ageMs

/** The conversations that are to go, of those that nobody has open. */
export function planCleanUp(all: readonly StoredConversation[], isOpen: (id: string) => boolean, { retention, saved }: Pick<ChatSettings, 'retention' | 'saved'>, now: number): readonly string[] {
  const isTooOld = ({ savedAt, updatedAt }: StoredConversation): boolean =>
    savedAt === undefined ? isOld(updatedAt, retention.maxAgeMs, now) : isOld(savedAt, saved.retentionMs, now)
  const mortal = all.filter(({ isFavourite }) => !isFavourite)
  const old = mortal.filter((one) => isTooOld(one) && !isOpen(one.id))
  const kept = new Set(mortal.filter((one) => one.savedAt === undefined)).difference(new Set(old))
  const byPrincipal = Map.groupBy(kept, ({ principal }) => principal)
  const tooMany = retention.maxSessions === 0 ? [] : [...byPrincipal.values()].flatMap((own) => oldestBeyond(own, retention.maxSessions, isOpen))
  return [...old, ...tooMany].map(({ id }) => id)
}

/** Those that were not used for the longest time, as many as there are too many. */
function oldestBeyond(own: readonly StoredConversation[], most: number, isOpen: (id: string) => boolean): readonly StoredConversation[] {
  const closed = own.toSorted(newestFirst).filter(({ id }) => !isOpen(id))
  const excess = Math.max(0, own.length - most)
  return excess === 0 ? [] : closed.slice(-excess)
}

/** The messages that stay: the newest, beginning with something that the user said. */
export function keepNewest(messages: readonly ConversationMessage[], maxMessages: number): readonly ConversationMessage[] {
  if (maxMessages === 0 || messages.length <= maxMessages) return messages
  const tail = messages.slice(-maxMessages)
  const first = tail.findIndex(({ role }) => role === 'user')
  // An answer longer than the limit by itself would leave nothing to go on from.
  return first <= 0 ? tail : tail.slice(first)
}
