import type { GatewayError } from '../../domain/errors.ts'
import type { CatalogFilter } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import type { McpSession } from './session.ts'

/** Who asks for which session, and where. */
export interface WantedSession {
  readonly id: string
  readonly principal: Principal
  readonly filter: CatalogFilter
}

/** What became of asking for a session by its id. */
export type SessionLookup =
  | { readonly kind: 'found'; readonly session: McpSession }
  /** It was opened before the gateway restarted; its first use brought it back. */
  | { readonly kind: 'restored'; readonly session: McpSession }
  /** Ended, never there, of another address or of somebody else: the same to whoever asks. */
  | { readonly kind: 'missing' }
  /** What was kept of it cannot be used. It is forgotten. */
  | { readonly kind: 'invalid' }
  /** It may be there, and could not be read now. */
  | { readonly kind: 'failed'; readonly error: GatewayError }
