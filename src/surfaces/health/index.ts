export { createHealthSurface } from './health.ts'
export type { GatewayHealth, HealthSurfaceDeps, ServerHealth } from './health.ts'
