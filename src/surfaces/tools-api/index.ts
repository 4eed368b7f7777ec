export { createToolsApiSurface } from './tools-api.ts'
export type { ToolsApiDeps } from './tools-api-deps.ts'
