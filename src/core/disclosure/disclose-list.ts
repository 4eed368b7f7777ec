import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogView, ListText } from '../catalog/index.ts'
import { estimateTextTokens } from './estimate-text-tokens.ts'
import { fullListTokens } from './full-list-tokens.ts'
import { renderMetaTools } from './meta-tools.ts'

/** A list of tools as a mode shows it. */
export interface DisclosedList extends ListText {
  /** The value of `_meta["trunkline/cost"]`: tokens of this list, and of the full one. */
  readonly cost: JsonText
}

/** What `tools/list` shows. In full mode it is the view's own list, text for text. */
export function discloseList(view: CatalogView, mode: DisclosureMode, era: McpEra): DisclosedList {
  const list = view.renderList('tool', era)
  const fullTokens = fullListTokens(view, era)
  if (mode === 'full') return { ...list, cost: toJsonText({ mode, tokens: fullTokens, fullTokens }) }
  const body = `"tools":${renderMetaTools(view, mode)}`
  return { ...list, body, shared: undefined, cacheScope: 'private', cost: toJsonText({ mode, tokens: estimateTextTokens(body), fullTokens }) }
}
