export { createAdminApiSurface } from './admin-api.ts'
export type { AdminApiDeps } from './admin-api.ts'
export type { ModelChange, ModelEntry, ModelExplanation, ModelList, PresetChange, PresetEntry, PresetList, ProviderChange, ReloadAnswer, RouteView } from './contract.ts'
