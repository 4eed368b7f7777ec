import { fitAlphanumeric, fitId } from '../canonical/fit-id.ts'
import type { DialectQuirks } from '../../domain/dialect-quirks.ts'

/** OpenAI's shortest limit on ids of calls, on any of its routes. */
const MAX_CALL_ID = 40

/** The same id for a call and for its result, in every later request as well. */
export function callIdFor(callId: string, { callIdLength }: DialectQuirks): string {
  return callIdLength === undefined ? fitId(callId, MAX_CALL_ID) : fitAlphanumeric(callId, callIdLength)
}
