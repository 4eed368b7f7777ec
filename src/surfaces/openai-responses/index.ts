export { createOpenaiResponsesSurface } from './surface.ts'
export type { OpenaiResponsesSurfaceDeps } from './surface-deps.ts'
