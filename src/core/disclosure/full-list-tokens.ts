import type { McpEra } from '../../domain/mcp-server.ts'
import type { CatalogView, ListText } from '../catalog/index.ts'
import { estimateTextTokens } from './estimate-text-tokens.ts'

const known = new WeakMap<ListText, number>()

/** Tokens of everything that the view shows under `tools/list` in full mode. */
export function fullListTokens(view: CatalogView, era: McpEra): number {
  const list = view.renderList('tool', era)
  const found = known.get(list)
  if (found !== undefined) return found
  const tokens = estimateTextTokens(list.body)
  known.set(list, tokens)
  return tokens
}
