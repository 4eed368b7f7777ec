export { createMcpoSurface } from './mcpo/mcpo-surface.ts'
export type { McpoDeps, McpoProfile } from './mcpo/mcpo-surface.ts'
export { createRestToolsSurface } from './rest-tools.ts'
export type { RestToolsDeps } from './rest-tools.ts'
