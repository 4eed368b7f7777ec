import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { Citation, WebSearch } from '../canonical/citation.ts'
import { fitId } from '../canonical/fit-id.ts'

const KNOWN_RESULT = new Set(['type', 'tool_use_id', 'content', 'caller'])
const KNOWN_PAGE = new Set(['type', 'url', 'title', 'encrypted_content'])
const KNOWN_ERROR = new Set(['type', 'error_code'])
const KNOWN_INPUT = new Set(['query'])
const KNOWN_CITATION = new Set(['type', 'url', 'title', 'cited_text', 'encrypted_index'])
const SEALED = 'only the provider itself can read it'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

function readQuery(argumentsText: string, losses: AnswerLosses, path: string): readonly string[] {
  let input: unknown
  try {
    input = JSON.parse(argumentsText)
  } catch {
    return []
  }
  if (!isJsonObject(input)) return []
  losses.unread(input, KNOWN_INPUT, `${path}/input`)
  return asText(input['query']) === '' ? [] : [asText(input['query'])]
}

/** A search that has begun: `{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"…"}}`. */
export interface AskedSearch {
  readonly id: string
  readonly path: string
  readonly argumentsText: string
}

/** A search with what it found; `result` is undefined for one whose result is not in this answer. */
export function readSearch({ id, path, argumentsText }: AskedSearch, result: { readonly block: JsonObject; readonly path: string } | undefined, losses: AnswerLosses): WebSearch {
  const asked = { id, path, queries: readQuery(argumentsText, losses, path) }
  if (!result) return { ...asked, sources: [] }
  losses.unread(result.block, KNOWN_RESULT, result.path)
  const { content } = result.block
  if (isJsonObject(content)) {
    losses.unread(content, KNOWN_ERROR, `${result.path}/content`)
    return { ...asked, sources: [], failure: asText(content['error_code']) || 'unavailable' }
  }
  const pages: readonly JsonValue[] = Array.isArray(content) ? content : []
  const sources = pages.flatMap((page, index) => {
    if (!isJsonObject(page)) return []
    const at = `${result.path}/content/${index}`
    losses.unread(page, KNOWN_PAGE, at)
    if (asText(page['encrypted_content']) !== '') losses.dropped(`${at}/encrypted_content`, SEALED)
    return [{ url: asText(page['url']), title: asText(page['title']) || undefined, path: at }]
  })
  return { ...asked, sources }
}

/** Undefined for what cites no web page; that is named. */
export function readCitation(citation: JsonValue, path: string, losses: AnswerLosses): Citation | undefined {
  if (!isJsonObject(citation) || citation['type'] !== 'web_search_result_location') {
    losses.dropped(path, 'other dialects cite web pages only')
    return undefined
  }
  losses.unread(citation, KNOWN_CITATION, path)
  if (asText(citation['encrypted_index']) !== '') losses.dropped(`${path}/encrypted_index`, SEALED)
  return { url: asText(citation['url']), title: asText(citation['title']) || undefined, range: undefined, citedText: asText(citation['cited_text']), path }
}

const FOREIGN = 'told without the encrypted part that only Anthropic’s own search has'

/** The two blocks of a search that another provider made. */
export function writeSearch({ id, queries, sources, failure, path }: WebSearch, losses: AnswerLosses): readonly [JsonObject, JsonObject] {
  const own = fitId(id.startsWith('srvtoolu_') ? id : `srvtoolu_${id}`, 64)
  losses.approximated(path, FOREIGN)
  const pages = sources.map(({ url, title }) => ({ type: 'web_search_result', url, title: title ?? url, encrypted_content: '', page_age: null }))
  return [
    { type: 'server_tool_use', id: own, name: 'web_search', input: { query: queries.join(', ') } },
    { type: 'web_search_tool_result', tool_use_id: own, content: failure === undefined ? pages : { type: 'web_search_tool_result_error', error_code: 'unavailable' } },
  ]
}

/** `said` is the text that rests on the page, which stands for the words of the page where the provider does not tell them. */
export function writeCitation({ url, title, citedText, path }: Citation, said: string, losses: AnswerLosses): JsonObject {
  losses.approximated(path, citedText === undefined ? 'told with the answer’s own words as what was cited' : FOREIGN)
  return { type: 'web_search_result_location', url, title: title ?? null, cited_text: citedText ?? said, encrypted_index: '' }
}
