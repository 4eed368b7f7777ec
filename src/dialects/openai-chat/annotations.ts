import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { Citation } from '../canonical/citation.ts'

const KNOWN = new Set(['type', 'url_citation'])
const KNOWN_CITATION = new Set(['url', 'title', 'start_index', 'end_index'])

/** What has been said of a message as text, block by block. Ranges of this dialect are those of the whole content. */
export interface SaidText {
  readonly index: number
  readonly start: number
  length: number
}

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asCount = (value: JsonValue | undefined): number => (typeof value === 'number' && value > 0 ? value : 0)

/** `{"type":"url_citation","url_citation":{"url":"…","title":"…","start_index":0,"end_index":9}}`, with the block that it is for; undefined for what is named as lost. */
export function readAnnotation(annotation: JsonValue, path: string, texts: readonly SaidText[], losses: AnswerLosses): { readonly index: number; readonly citation: Citation } | undefined {
  const inner = isJsonObject(annotation) ? annotation['url_citation'] : undefined
  const last = texts.at(-1)
  if (!isJsonObject(annotation) || !isJsonObject(inner) || !last) {
    losses.dropped(path, last ? 'other dialects cite web pages only' : 'there is no text that it is for')
    return undefined
  }
  losses.unread(annotation, KNOWN, path)
  losses.unread(inner, KNOWN_CITATION, `${path}/url_citation`)
  const [start, end] = [asCount(inner['start_index']), asCount(inner['end_index'])]
  const text = texts.findLast((said) => said.start <= start) ?? last
  const range = end > start ? { start: start - text.start, end: end - text.start } : undefined
  return { index: text.index, citation: { url: asText(inner['url']), title: asText(inner['title']) || undefined, range, path } }
}

/** `offset` is where the text of the citation's block begins in the content. */
export function writeAnnotation({ url, title }: Citation, { start, end }: { readonly start: number; readonly end: number }, offset: number): JsonObject {
  return { type: 'url_citation', url_citation: { url, title: title ?? '', start_index: offset + start, end_index: offset + end } }
}
