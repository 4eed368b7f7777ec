export type {
  Capability,
  CapabilityKind,
  CatalogEntry,
  CatalogFilter,
  CatalogSnapshot,
  ConfiguredServer,
  InstructionsPolicy,
  MissingServer,
  Naming,
  ServerCatalog,
  ServerFacts,
  ServerList,
  WithheldTool,
} from './catalog.ts'
export { awaitNamed, isAwaited } from './await-named.ts'
export type { AwaitNamed, NamedCapability } from './await-named.ts'
export { changedKinds, compareSnapshots } from './changed-kinds.ts'
export type { CatalogChange } from './changed-kinds.ts'
export { checkFilter, refusePreset } from './check-filter.ts'
export { createCatalog } from './create-catalog.ts'
export type { Catalog, CatalogDeps, ToolCatalog } from './create-catalog.ts'
export { exposeUiResource, hasOpenOutput } from './render-entry.ts'
export type { HeaderParam } from './tool-header-params.ts'
export { narrowFilter, readSelection, SELECTORS } from './read-selection.ts'
export type { Selection, Selector, SelectorName } from './read-selection.ts'
export { presetTags } from './requested-tags.ts'
export { serverOfRouted } from './resource-routes.ts'
export { selectServers } from './select-servers.ts'
export { SelectionError } from './selection-error.ts'
export type { SelectionProblem } from './selection-error.ts'
export { createServerLister } from './server-lister.ts'
export type { ServerLister } from './server-lister.ts'
export { serverBehind, twinIdOf } from './twin-id.ts'
export { serverOf, upstreamOf } from './upstream-of.ts'
export type { SurveyedTool } from './survey-tools.ts'
export { openToolPins } from './tool-pins.ts'
export type { ToolChange, ToolPins } from './tool-pins.ts'
export { viewCatalog } from './view-catalog.ts'
export type { CatalogView, ListText, WithheldEntry } from './view-catalog.ts'
