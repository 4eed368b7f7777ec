export { createModelDirectory, type ModelDirectory, type ModelDirectoryDeps, type PublicModel } from './model-directory.ts'
export { nameTarget, orderTargets, type HealthMap } from './order-targets.ts'
export { createTargetHealth, type TargetHealth } from './target-health.ts'
