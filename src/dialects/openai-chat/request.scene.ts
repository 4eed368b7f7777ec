import type { LossList } from '../canonical/loss-list.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'

/** What every part of a request is encoded with. */
export interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
}
