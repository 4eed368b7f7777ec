import type { Loss } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { Usage } from '../../domain/usage.ts'
import type { FailedAttempt } from './failed-attempt.ts'

/** How one try of one target came out. */
export type AttemptResult =
  | FailedAttempt
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly usage: Usage | undefined
      readonly isEstimate?: true
      readonly losses: readonly Loss[]
      /** Sends the end of the answer, which is held until the attempt is on record. */
      release(): void
    }
  | {
      /** It broke off after the client had begun to read. */
      readonly kind: 'interrupted'
      readonly status: number
      readonly usage: Usage | undefined
      readonly isEstimate?: true
      readonly error: GatewayError
      /** Tells the client, once the attempt is on record. */
      release(): void
    }
  | { readonly kind: 'cancelled'; readonly status: number; readonly usage: Usage | undefined; readonly isEstimate?: true }
