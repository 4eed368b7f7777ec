import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { Citation, WebSearch } from '../canonical/citation.ts'
import type { StreamPart } from '../canonical/stream.ts'

const PATH = '/candidates/0/groundingMetadata'
const KNOWN = new Set(['webSearchQueries', 'groundingChunks', 'groundingSupports'])
const KNOWN_CHUNK = new Set(['web'])
const KNOWN_WEB = new Set(['uri', 'title'])
const KNOWN_SUPPORT = new Set(['segment', 'groundingChunkIndices'])
const KNOWN_SEGMENT = new Set(['startIndex', 'endIndex', 'text', 'partIndex'])

/** A text that was said, for ranges that count the bytes of all texts together. */
export interface SaidText {
  readonly index: number
  text: string
}

type Page = WebSearch['sources'][number]

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asList = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const asCount = (value: JsonValue | undefined): number => (typeof value === 'number' && value > 0 ? value : 0)

/** By their numbers; undefined for what is no web page, which is named. */
function readPages(chunks: JsonValue | undefined, losses: AnswerLosses): readonly (Page | undefined)[] {
  return asList(chunks).map((chunk, index) => {
    const path = `${PATH}/groundingChunks/${index}`
    const web = isJsonObject(chunk) ? chunk['web'] : undefined
    if (!isJsonObject(chunk) || !isJsonObject(web)) {
      losses.dropped(path, 'other dialects cite web pages only')
      return undefined
    }
    losses.unread(chunk, KNOWN_CHUNK, path)
    losses.unread(web, KNOWN_WEB, `${path}/web`)
    return { url: asText(web['uri']), title: asText(web['title']) || undefined, path: `${path}/web` }
  })
}

/** How many UTF-16 units the first so many bytes of a text are. */
const unitsOf = (text: string, bytes: number): number => Buffer.from(text).subarray(0, bytes).toString('utf8').length

function placeSegment(segment: JsonObject, texts: readonly SaidText[]): { readonly index: number; readonly range: Citation['range'] } | undefined {
  const all = texts.map(({ text }) => text).join('')
  const [start, end] = [unitsOf(all, asCount(segment['startIndex'])), unitsOf(all, asCount(segment['endIndex']))]
  let offset = 0
  for (const { index, text } of texts) {
    if (start < offset + text.length) return { index, range: end > start ? { start: start - offset, end: Math.min(end - offset, text.length) } : undefined }
    offset += text.length
  }
  return undefined
}

function readSupports(supports: JsonValue | undefined, pages: readonly (Page | undefined)[], texts: readonly SaidText[], losses: AnswerLosses): readonly StreamPart[] {
  return asList(supports).flatMap((support, number) => {
    if (!isJsonObject(support)) return []
    const path = `${PATH}/groundingSupports/${number}`
    const segment = isJsonObject(support['segment']) ? support['segment'] : {}
    losses.unread(support, KNOWN_SUPPORT, path)
    losses.unread(segment, KNOWN_SEGMENT, `${path}/segment`)
    const place = placeSegment(segment, texts)
    if (!place) losses.dropped(path, 'there is no text that it is for')
    const cited = asList(support['groundingChunkIndices']).flatMap((index) => (typeof index === 'number' && pages[index] ? [pages[index]] : []))
    return place ? cited.map(({ url, title }) => ({ type: 'citation' as const, index: place.index, citation: { url, title, range: place.range, path } })) : []
  })
}

/** What the provider looked up and what of the answer rests on it; `takeIndex` numbers the search. */
export function readGrounding(grounding: JsonObject, texts: readonly SaidText[], takeIndex: () => number, losses: AnswerLosses): readonly StreamPart[] {
  losses.unread(grounding, KNOWN, PATH)
  const pages = readPages(grounding['groundingChunks'], losses)
  const queries = asList(grounding['webSearchQueries']).filter((query) => typeof query === 'string')
  const sources = pages.filter((page) => page !== undefined)
  const supports = readSupports(grounding['groundingSupports'], pages, texts, losses)
  if (queries.length === 0 && sources.length === 0) return supports
  const index = takeIndex()
  return [...supports, { type: 'search', index, search: { id: `search_${index}`, queries, sources, path: PATH } }]
}

/** Gathers searches and citations of an answer; they are told together, once it is whole. */
export class GroundingWriter {
  readonly #losses: AnswerLosses
  readonly #queries: string[] = []
  readonly #pages = new Map<string, string | undefined>()
  readonly #supports: { readonly citation: Citation; readonly index: number }[] = []
  /** In the order in which they were said: ranges count the bytes of all of them. */
  readonly #texts = new Map<number, string>()

  constructor(losses: AnswerLosses) {
    this.#losses = losses
  }

  say(index: number, text: string): void {
    this.#texts.set(index, (this.#texts.get(index) ?? '') + text)
  }

  search({ queries, sources, failure, path }: WebSearch): void {
    this.#queries.push(...queries)
    for (const { url, title } of sources) this.#note(url, title)
    if (failure !== undefined) this.#losses.dropped(path, 'the client’s dialect does not tell of a search that failed')
  }

  cite(index: number, citation: Citation): void {
    this.#losses.citedText(citation)
    this.#note(citation.url, citation.title)
    this.#supports.push({ index, citation })
  }

  /** `{"groundingMetadata":{…}}`, or nothing. */
  write(): JsonObject {
    if (this.#queries.length === 0 && this.#pages.size === 0) return {}
    const urls = [...this.#pages.keys()]
    const groundingChunks = urls.map((uri) => ({ web: { uri, ...titled(this.#pages.get(uri)) } }))
    const groundingSupports = this.#supports.map(({ index, citation }) => ({ segment: this.#segment(index, citation), groundingChunkIndices: [urls.indexOf(citation.url)] }))
    return { groundingMetadata: { webSearchQueries: this.#queries, groundingChunks, groundingSupports } }
  }

  #note(url: string, title: string | undefined): void {
    this.#pages.set(url, this.#pages.get(url) ?? title)
  }

  #segment(index: number, { range }: Citation): JsonObject {
    const text = this.#texts.get(index) ?? ''
    const { start, end } = range ?? { start: 0, end: text.length }
    let before = ''
    for (const [other, said] of this.#texts) {
      if (other === index) break
      before += said
    }
    const bytes = (said: string): number => Buffer.byteLength(said)
    return { startIndex: bytes(before + text.slice(0, start)), endIndex: bytes(before + text.slice(0, end)), text: text.slice(start, end) }
  }
}

const titled = (title: string | undefined): JsonObject => (title === undefined ? {} : { title })
