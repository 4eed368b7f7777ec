import type { ResponseStore, StoredResponse } from './responses.ts'

/** Stored responses that end with the process. */
export function createMemoryResponses(): ResponseStore {
  const all = new Map<string, StoredResponse>()
  const forget = (isGone: (response: StoredResponse) => boolean): Promise<void> => {
    for (const response of all.values()) if (isGone(response)) all.delete(response.id)
    return Promise.resolve()
  }
  return {
    async save(response) {
      all.set(response.id, response)
    },
    find: (id) => Promise.resolve(all.get(id)),
    remove: (id) => forget((response) => response.id === id),
    listUnfinished: () => Promise.resolve([...all.values()].filter(({ place, status }) => place === 'gateway' && (status === 'queued' || status === 'in_progress'))),
    removeExpired: (now) => forget(({ expiresAt }) => expiresAt < now),
    keepNewest(principal, count) {
      const own = [...all.values()].filter((response) => response.principal === principal).toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      const oldest = own[Math.max(count - 1, 0)]
      return forget((response) => oldest !== undefined && response.principal === principal && response.createdAt < oldest.createdAt)
    },
  }
}
