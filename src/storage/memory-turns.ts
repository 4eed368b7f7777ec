import type { HandedTurnStore, StoredTurn } from './handed-turns.ts'

/** Handed turns that end with the process; `forgetSteps` forgets what a turn has done. */
export function createMemoryTurns(forgetSteps: (turn: string) => void): HandedTurnStore {
  const all = new Map<string, StoredTurn>()
  const byCall = new Map<string, string>()
  const keyOf = (principal: string, callId: string): string => JSON.stringify([principal, callId])
  function remove({ id, principal, callIds }: StoredTurn): void {
    for (const key of callIds.map((callId) => keyOf(principal, callId))) if (byCall.get(key) === id) byCall.delete(key)
    forgetSteps(id)
    all.delete(id)
  }
  return {
    async save(turn) {
      all.set(turn.id, turn)
      for (const callId of turn.callIds) byCall.set(keyOf(turn.principal, callId), turn.id)
    },
    find(principal, callIds, now) {
      const found = callIds.flatMap((callId) => {
        const turn = all.get(byCall.get(keyOf(principal, callId)) ?? '')
        return turn && turn.expiresAt >= now ? [[callId, turn] as const] : []
      })
      return Promise.resolve(new Map(found))
    },
    async keepNewest(principal, { count, bytes }) {
      const own = [...all.values()].filter((turn) => turn.principal === principal).toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      let sum = 0
      for (const [index, turn] of own.entries()) {
        sum += turn.bytes
        if (index >= count || sum > bytes) remove(turn)
      }
    },
    async removeExpired(now) {
      for (const turn of all.values()) if (turn.expiresAt < now) remove(turn)
    },
  }
}
