export type {
  Capability,
  CapabilityKind,
  CatalogEntry,
  CatalogFilter,
  CatalogSnapshot,
  ConfiguredServer,
  MissingServer,
  Naming,
  ServerCatalog,
  ServerFacts,
  ServerList,
  TagExpression,
} from './catalog.ts'
export { createCatalog } from './create-catalog.ts'
export type { Catalog, CatalogChange, CatalogDeps } from './create-catalog.ts'
export { exposeUiResource, hasOpenOutput } from './render-entry.ts'
export type { HeaderParam } from './tool-header-params.ts'
export { selectsServer } from './select-servers.ts'
export { viewCatalog } from './view-catalog.ts'
export type { CatalogView, ListText } from './view-catalog.ts'
