export { createIdentity, LOCAL_PRINCIPAL } from './authenticate.ts'
export type { ConfiguredKey, Identity, PresentedCredential } from './authenticate.ts'
export type { Principal } from './principal.ts'
