import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { viewCatalog, type CatalogFilter, type CatalogSnapshot } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { estimateTextTokens } from './estimate-text-tokens.ts'
import { fullListTokens } from './full-list-tokens.ts'
import { renderMetaTools } from './meta-tools.ts'
import { serverCosts, type ServerCost } from './server-costs.ts'

/** What lists of tools cost a model, in tokens as `estimateTextTokens` counts them. */
export interface ListCosts {
  /** The first list of a client of the selection, by its mode. */
  readonly list: Readonly<Record<DisclosureMode, number>>
  readonly tools: number
  /** The servers of the selection. */
  readonly servers: readonly ServerCost[]
  /** Every preset, whatever is selected. */
  readonly presets: readonly { readonly preset: string; readonly tools: number; readonly tokens: number }[]
}

/** Legacy lists are counted: modern ones hold the same definitions. */
export function listCosts(snapshot: CatalogSnapshot, principal: Principal, filter: CatalogFilter): ListCosts {
  const view = viewCatalog(snapshot, principal, filter)
  const presets = [...snapshot.presets.keys()].map((preset) => {
    const selected = viewCatalog(snapshot, principal, { servers: 'all', tags: undefined, naming: filter.naming, preset })
    return { preset, tools: selected.list('tool').length, tokens: fullListTokens(selected, 'legacy') }
  })
  return {
    list: {
      full: fullListTokens(view, 'legacy'),
      lazy: estimateTextTokens(renderMetaTools(view, 'lazy')),
      search: estimateTextTokens(renderMetaTools(view, 'search')),
      code: estimateTextTokens(renderMetaTools(view, 'code')),
    },
    tools: view.list('tool').length,
    servers: serverCosts(view, 'legacy'),
    presets,
  }
}
