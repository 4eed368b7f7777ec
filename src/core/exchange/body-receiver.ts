import type { Loss, UpstreamFault } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { Usage } from '../../domain/usage.ts'

/** Reads the body of an answer with a good status, in one of its shapes. It reports its outcome once, as a value. */
export interface BodyReceiver {
  /** Undefined while there is more to come. `isPaused` is told when the client cannot take more. */
  push(bytes: Uint8Array): BodyProgress
  end(): BodyOutcome
  readonly usage: Usage | undefined
  /** What of the request and of the answer so far translation could not carry; nothing where bytes pass through. */
  readonly losses?: readonly Loss[]
  readonly isCommitted: boolean
  readonly hasContent: boolean
}

export interface BodyProgress {
  readonly isPaused: boolean
  readonly outcome: BodyOutcome | undefined
}

export type BodyOutcome =
  | { readonly kind: 'answered'; release(): void }
  | { readonly kind: 'fault'; readonly fault: UpstreamFault; readonly tell: ((error: GatewayError) => void) | undefined }
  | { readonly kind: 'broken'; readonly reason: string }
