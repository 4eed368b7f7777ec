export { createRestToolsSurface } from './rest-tools.ts'
export type { RestToolsDeps } from './rest-tools.ts'
