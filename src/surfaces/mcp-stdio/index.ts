export { createMcpStdio } from './surface.ts'
export type { McpStdio, McpStdioDeps } from './surface.ts'
