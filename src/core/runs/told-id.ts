import { createHash } from 'node:crypto'
import { HOSTED_ID } from '../../dialects/index.ts'

/** How the client knows something of the gateway's in one run: always the same for the same thing. */
export function toldId(runId: string, what: string): string {
  return `${HOSTED_ID}${createHash('sha256').update(`${runId} ${what}`).digest('hex').slice(0, 24)}`
}
