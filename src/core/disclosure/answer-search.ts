import type { McpEra } from '../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogView } from '../catalog/index.ts'
import { estimateTextTokens } from './estimate-text-tokens.ts'
import { META_TOOLS } from './meta-tools.ts'
import { BadArguments, readMetaArguments } from './read-meta-arguments.ts'
import { searchTools } from './search-tools.ts'
import { shortDescription } from './short-description.ts'
import type { ToolSearch } from './tool-search.ts'
import { visibleDefinition } from './visible-definition.ts'

const LIMIT = { otherwise: 5, most: 50 }
const MAX_QUERY = 2_000
/** Beyond it tools are named without their parameters; the first always has them. */
const SCHEMA_TOKENS = 3_000

export interface SearchContext {
  readonly view: CatalogView
  readonly era: McpEra
  /** How tools are found; by words alone without it. */
  readonly search?: ToolSearch | undefined
  /** Aborts when the client wants no answer any more. */
  readonly signal: AbortSignal
}

/** The answer of `tool_search`. Rejects with `BadArguments`. */
export async function answerSearch({ view, era, search, signal }: SearchContext, json: JsonText | undefined): Promise<string> {
  const given = readMetaArguments(json, ['query', 'limit'])
  const query = given.text('query')?.trim().slice(0, MAX_QUERY)
  if (!query) throw new BadArguments('Expected `query` to say what is to be done.')
  const limit = given.count('limit', LIMIT.otherwise, LIMIT.most)
  const found = search ? await search.find(view, query, limit, signal) : searchTools(view, query, limit)
  let left = SCHEMA_TOKENS
  let isShortened = false
  const tools = found.map(({ entry }, index) => {
    const definition = visibleDefinition(view, era, entry)
    const tokens = estimateTextTokens(definition)
    if (index === 0 || tokens <= left) {
      left -= tokens
      return definition
    }
    isShortened = true
    return toJsonText({ name: entry.exposedName, description: shortDescription(entry.definition) })
  })
  const note = isShortened ? `,"note":"Parameters of some tools are left out; get them with ${META_TOOLS.schema}."` : ''
  const missing = view.missing.length > 0 ? `,"missing":${toJsonText(view.missing.map(({ server, state }) => ({ server, state })))}` : ''
  return `{"tools":[${tools.join(',')}]${note}${missing}}`
}
