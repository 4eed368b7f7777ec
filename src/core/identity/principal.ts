import type { PrincipalId, VirtualKeyId } from '../../domain/ids.ts'
import type { Scope } from '../../domain/scope.ts'

/** Who is asking. Surfaces obtain one from `authenticate`; nothing else makes them. */
export interface Principal {
  readonly id: PrincipalId
  readonly via:
    | { readonly kind: 'virtual-key'; readonly key: VirtualKeyId }
    | { readonly kind: 'login' }
    /** No keys are configured and the gateway listens on loopback only, or the caller is our own parent process. */
    | { readonly kind: 'local' }
  readonly scopes: ReadonlySet<Scope>
}
