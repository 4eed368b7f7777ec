export { createAdminApiSurface } from './admin-api.ts'
export type { AdminApiDeps } from './admin-api.ts'
export type { ReloadAnswer } from './contract.ts'
