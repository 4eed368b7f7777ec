export { createSessionsSurface } from './surface.ts'
export type { SessionsDeps } from './sessions-deps.ts'
