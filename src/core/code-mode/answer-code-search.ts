import type { JsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { BadArguments, estimateTextTokens, readMetaArguments, searchTools, shortDescription, type ToolSearch } from '../disclosure/index.ts'
import { declareTool, declareTools } from './declare-tools.ts'
import { nameTools } from './name-tools.ts'
import { oneNote } from './type-of-schema.ts'

const LIMIT = { otherwise: 5, most: 50 }
const MAX_QUERY = 2_000
/** Beyond it tools are named without their parameters; the first always has them. */
const DECLARATION_TOKENS = 3_000

/** Tools that the question itself names: `calc.add`, `tools.calc.add`, `calc__add`. */
function namedIn(view: CatalogView, query: string): readonly CatalogEntry[] {
  const { find } = nameTools(view)
  return (query.match(/[\w$.-]+/g) ?? []).flatMap((word) => {
    const [server = '', tool = '', more] = word.replace(/^tools\./, '').split('.')
    const placed = tool !== '' && more === undefined ? find(server, tool) : undefined
    const entry = placed ?? view.find('tool', word)
    return entry && entry.isHidden !== true ? [entry] : []
  })
}

function pathOf(view: CatalogView, entry: CatalogEntry): string {
  const place = nameTools(view).placeOf(entry)
  return place ? `tools.${place.server}.${place.tool}` : entry.exposedName
}

export interface CodeQuestion {
  readonly view: CatalogView
  /** The arguments of the tool. */
  readonly given: JsonText | undefined
  /** How tools are found; by words alone without it. */
  readonly search: ToolSearch | undefined
  readonly signal: AbortSignal
}

/** The answer of `code_search`: declarations of TypeScript, and in comments what had no place. Rejects with `BadArguments`. */
export async function answerCodeSearch({ view, given: json, search, signal }: CodeQuestion): Promise<string> {
  const given = readMetaArguments(json, ['query', 'limit'])
  const query = given.text('query')?.trim().slice(0, MAX_QUERY)
  if (!query) throw new BadArguments('Expected `query` to say what is to be done.')
  const limit = given.count('limit', LIMIT.otherwise, LIMIT.most)
  const fitting = search ? await search.find(view, query, limit, signal) : searchTools(view, query, limit)
  const found = [...new Set([...namedIn(view, query), ...fitting.map(({ entry }) => entry)])].slice(0, limit)
  let left = DECLARATION_TOKENS
  const isDeclared = (entry: CatalogEntry, index: number): boolean => {
    const tokens = estimateTextTokens(declareTool('', entry))
    if (index > 0 && tokens > left) return false
    left -= tokens
    return true
  }
  const declared = found.filter(isDeclared)
  const others = found.filter((entry) => !declared.includes(entry)).map((entry) => `// ${pathOf(view, entry)}: ${oneNote(shortDescription(entry.definition), 160)}`)
  const lines = declared.length === 0 ? ['// No tool fits. Ask in other words, in English.'] : [declareTools(view, declared)]
  if (others.length > 0) lines.push('// Others that fit; search for one by this name to get its parameters:', ...others)
  if (view.missing.length > 0) lines.push(`// Not available now: ${view.missing.map(({ server, state }) => `${server} (${state})`).join(', ')}`)
  return lines.join('\n')
}
