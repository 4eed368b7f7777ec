import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { Citation, WebSearch } from '../canonical/citation.ts'

const KNOWN_CALL = new Set(['id', 'type', 'status', 'action'])
const KNOWN_ACTION = new Set(['type', 'query', 'queries', 'sources'])
const KNOWN_SOURCE = new Set(['type', 'url'])
const KNOWN_CITATION = new Set(['type', 'url', 'title', 'start_index', 'end_index'])

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asList = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const asCount = (value: JsonValue | undefined): number => (typeof value === 'number' && value > 0 ? value : 0)

/** Undefined for what is no search, such as the opening of a page. */
export function readSearch(item: JsonObject, path: string, losses: AnswerLosses): WebSearch | undefined {
  const { type, action } = item
  if (type !== 'web_search_call' || (isJsonObject(action) && action['type'] !== 'search')) return undefined
  const asked: JsonObject = isJsonObject(action) ? action : {}
  losses.unread(item, KNOWN_CALL, path)
  losses.unread(asked, KNOWN_ACTION, `${path}/action`)
  const sources = asList(asked['sources']).flatMap((source, index) => {
    const at = `${path}/action/sources/${index}`
    if (!isJsonObject(source) || asText(source['url']) === '') {
      losses.dropped(at, 'a source that is no web page')
      return []
    }
    losses.unread(source, KNOWN_SOURCE, at)
    return [{ url: asText(source['url']), title: undefined, path: at }]
  })
  const queries = asList(asked['queries']).filter((query) => typeof query === 'string')
  const one = asText(asked['query'])
  return {
    id: asText(item['id']),
    queries: queries.length > 0 || one === '' ? queries : [one],
    sources,
    ...(item['status'] === 'failed' ? { failure: 'failed' } : {}),
    path,
  }
}

/** The item of a search, while it runs or once it has ended. */
export function writeSearch(id: string, { queries, sources, failure }: WebSearch, isDone: boolean): JsonObject {
  const status = !isDone ? 'in_progress' : failure === undefined ? 'completed' : 'failed'
  const found = isDone ? { sources: sources.map(({ url }) => ({ type: 'url', url })) } : {}
  return { id, type: 'web_search_call', status, action: { type: 'search', query: queries.join(', '), queries: [...queries], ...found } }
}

/** What of a search this dialect has no place for. */
export function loseOfSearch({ sources, failure, path }: WebSearch, losses: AnswerLosses): void {
  if (sources.some(({ title }) => title !== undefined)) losses.dropped(`${sources.find(({ title }) => title !== undefined)?.path ?? path}/title`, 'the client’s dialect tells the addresses of pages only')
  if (failure !== undefined && failure !== 'failed') losses.approximated(path, `told as failed; the client’s dialect has no word for \`${failure}\``)
}

/** `{"type":"url_citation","url":"…","title":"…","start_index":0,"end_index":9}`; undefined for what cites no web page, which is named. */
export function readAnnotation(annotation: JsonValue, path: string, losses: AnswerLosses): Citation | undefined {
  if (!isJsonObject(annotation) || annotation['type'] !== 'url_citation') {
    losses.dropped(path, 'other dialects cite web pages only')
    return undefined
  }
  losses.unread(annotation, KNOWN_CITATION, path)
  const [start, end] = [asCount(annotation['start_index']), asCount(annotation['end_index'])]
  return { url: asText(annotation['url']), title: asText(annotation['title']) || undefined, range: end > start ? { start, end } : undefined, path }
}

export function writeAnnotation({ url, title }: Citation, { start, end }: { readonly start: number; readonly end: number }): JsonObject {
  return { type: 'url_citation', url, title: title ?? '', start_index: start, end_index: end }
}
