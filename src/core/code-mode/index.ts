export { createCodeMode } from './code-mode.ts'
export type { CodeMode, CodeModeDeps } from './code-mode.ts'
export type { CodeRequest } from './code-request.ts'
