export { createProviderFilesSurface } from './surface.ts'
export type { ProviderFilesSurfaceDeps } from './surface-deps.ts'
