import { EventLog } from './event-log.ts'
import type { ResponseSettings } from './settings.ts'

/** The logs of background runs, by the ids of their responses: while they run, and some time after. Bounded. */
export interface EventLogs {
  open(id: string, first: number): EventLog
  find(id: string): EventLog | undefined
  remove(id: string): void
}

interface Kept {
  readonly log: EventLog
  endedAt: number | undefined
}

export function createEventLogs({ eventsMs, eventBytes }: Pick<ResponseSettings, 'eventsMs' | 'eventBytes'>, now: () => Date): EventLogs {
  const logs = new Map<string, Kept>()
  let bytes = 0

  function remove(id: string): void {
    bytes -= logs.get(id)?.log.bytes ?? 0
    logs.delete(id)
  }

  /** Logs that have ended go first, the oldest of them first; then the largest give up what they have. */
  function makeRoom(): void {
    for (const [id, { endedAt }] of logs) {
      if (bytes <= eventBytes) return
      if (endedAt !== undefined) remove(id)
    }
    for (const { log } of [...logs.values()].toSorted((a, b) => b.log.bytes - a.log.bytes)) {
      if (bytes <= eventBytes) return
      log.giveUp()
    }
  }

  function removeOld(): void {
    const limit = now().getTime() - eventsMs
    for (const [id, { endedAt }] of logs) if (endedAt !== undefined && endedAt <= limit) remove(id)
  }

  return {
    open(id, first) {
      removeOld()
      remove(id)
      const log = new EventLog(first, (grownBy) => {
        if (logs.get(id) !== kept) return
        bytes += grownBy
        if (log.hasEnded) kept.endedAt ??= now().getTime()
        if (grownBy > 0 && bytes > eventBytes) makeRoom()
      })
      const kept: Kept = { log, endedAt: undefined }
      logs.set(id, kept)
      return log
    },
    find(id) {
      removeOld()
      return logs.get(id)?.log
    },
    remove,
  }
}
