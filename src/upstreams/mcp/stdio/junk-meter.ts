import type { Logger } from '../../../telemetry/index.ts'

const WARN_AFTER = 10
const QUARANTINE_PER_MINUTE = 1_000

/** Counts stdout lines that are no messages: log lines, banners, broken JSON. */
export interface JunkMeter {
  /** False when there are so many that the server is not worth listening to. */
  count(line: string): boolean
  readonly total: number
}

export function createJunkMeter(server: string, logger: Logger, now: () => number = Date.now): JunkMeter {
  let total = 0
  let windowStart = now()
  let inWindow = 0
  return {
    count(line) {
      total++
      if (now() - windowStart > 60_000) {
        windowStart = now()
        inWindow = 0
      }
      inWindow++
      if (total === WARN_AFTER) {
        logger.warn({ server, count: total, length: line.length }, 'the server writes lines to stdout that are no messages; they are skipped')
      }
      return inWindow <= QUARANTINE_PER_MINUTE
    },
    get total() {
      return total
    },
  }
}
