export { createMcpHttpSurface } from './surface.ts'
export type { McpHttpDeps } from './surface.ts'
