export { createModelDirectory, type ModelDirectory, type ModelDirectoryDeps, type PublicModel } from './model-directory.ts'
export { nameTarget, orderTargets, type HealthMap } from './order-targets.ts'
export { resolveModel, type ModelNames } from './resolve-model.ts'
export { createTargetHealth, type TargetHealth } from './target-health.ts'
