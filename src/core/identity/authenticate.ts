import { hash, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { PrincipalId, VirtualKeyId } from '../../domain/ids.ts'
import { type Scope, SCOPES } from '../../domain/scope.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Principal } from './principal.ts'

const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES)

/** A key that the configuration document grants. */
export interface ConfiguredKey {
  readonly name: string
  readonly key: Secret
  readonly scopes: readonly Scope[]
}

/** Credentials as the extractor found them; two different ones are never reduced to one in silence. */
export type PresentedCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly value: string }
  | { readonly kind: 'conflicting' }
  | { readonly kind: 'malformed'; readonly reason: string }

export interface Identity {
  /** Throws `unauthenticated` or `invalid_request`. */
  authenticate(credential: PresentedCredential): Principal
}

const digest = (value: string): Buffer => hash('sha256', value, 'buffer')

export const LOCAL_PRINCIPAL: Principal = {
  id: 'local' as PrincipalId,
  via: { kind: 'local' },
  scopes: ALL_SCOPES,
}

/** Digests of equal length are compared in constant time, and all of them, so that time tells nothing about which key was near. */
export function createIdentity(keys: readonly ConfiguredKey[]): Identity {
  const known = keys.map(({ name, key, scopes }) => ({
    digest: digest(key.reveal()),
    principal: {
      id: name as PrincipalId,
      via: { kind: 'virtual-key', key: name as VirtualKeyId },
      scopes: new Set(scopes),
    } satisfies Principal,
  }))
  return {
    authenticate(credential) {
      if (credential.kind === 'conflicting') {
        throw new GatewayError('invalid_request', 'Expected one credential, found different ones in several headers.')
      }
      if (credential.kind === 'malformed') throw new GatewayError('invalid_request', credential.reason)
      if (known.length === 0) return LOCAL_PRINCIPAL
      if (credential.kind === 'none') {
        throw new GatewayError('unauthenticated', 'Expected an API key in `Authorization: Bearer …`, `x-api-key` or `x-goog-api-key`, found none.')
      }
      const presented = digest(credential.value)
      let found: Principal | undefined
      for (const candidate of known) {
        if (timingSafeEqual(candidate.digest, presented)) found = candidate.principal
      }
      if (!found) throw new GatewayError('unauthenticated', 'The API key is not one of this gateway’s `auth.keys`.')
      return found
    },
  }
}
