import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { indexServer, type ServerIndex } from './index-server.ts'
import { nearWords } from './near-words.ts'
import { readWords } from './read-words.ts'
import { relatedWords } from './related-words.ts'

/** A tool that was found. Scores of one search compare with each other and with nothing else. */
export interface FoundTool {
  readonly entry: CatalogEntry
  readonly score: number
}

/** How soon more of the same word says nothing more: the `k1` of BM25. */
const SATURATION = 1.2
const RELATED_WEIGHT = 0.6
const NEAR_WEIGHT = 0.8
/** How little it matters to have all the words of a query. */
const BREADTH = 0.5
const MAX_QUERY_WORDS = 32

const STOP_WORDS = new Set(
  readWords(
    'a an and are as at be been but by can could did do does for from had has have how i if in into is it its let like me my need of on or our out please should so some that the their them then there these they this those to up us want was we were what when where which who why will with would you your am any about just help using use tool much many something anything everything thing now still really very back up out down off get s t m re ll ve',
  ),
)

interface Corpus {
  readonly indexes: readonly ServerIndex[]
  readonly entries: readonly (readonly (CatalogEntry | undefined)[])[]
  readonly size: number
  readonly vocabulary: ReadonlySet<string>
}

const corpora = new WeakMap<CatalogView, Corpus>()

/** The view’s own tools only: what it leaves out is in the index of its server, but cannot be found. */
function corpusOf(view: CatalogView): Corpus {
  const known = corpora.get(view)
  if (known) return known
  const byRoute = new Map(view.list('tool').map((entry) => [JSON.stringify([entry.route.server, entry.route.upstreamName]), entry]))
  const indexes = view.servers.map(indexServer)
  const corpus: Corpus = {
    indexes,
    entries: view.servers.map(({ server, lists }) => lists.tool.capabilities.map(({ upstreamName }) => byRoute.get(JSON.stringify([server, upstreamName])))),
    size: indexes.reduce((sum, { tools }) => sum + tools, 0),
    vocabulary: new Set(indexes.flatMap(({ postings }) => [...postings.keys()])),
  }
  corpora.set(view, corpus)
  return corpus
}

/** The words that are looked up for one word of the query, with how far they stand for it. */
function readingsOf(word: string, { vocabulary }: Corpus): ReadonlyMap<string, number> {
  const readings = new Map<string, number>()
  const add = (reading: string, weight: number): void => {
    if (vocabulary.has(reading) && weight > (readings.get(reading) ?? 0)) readings.set(reading, weight)
  }
  add(word, 1)
  for (const related of relatedWords(word)) add(related, RELATED_WEIGHT)
  // A word that somebody knows is not misspelt.
  if (readings.size > 0) return readings
  for (const near of nearWords(word, vocabulary)) {
    add(near.word, NEAR_WEIGHT * near.likeness)
    for (const related of relatedWords(near.word)) add(related, NEAR_WEIGHT * near.likeness * RELATED_WEIGHT)
  }
  return readings
}

/** @see https://doi.org/10.1561/1500000019 for BM25F: fields are weighed before a word’s frequency saturates. */
function scoreWord(word: string, corpus: Corpus, add: (server: number, tool: number, score: number) => void): void {
  const best = new Map<string, { readonly server: number; readonly tool: number; readonly score: number }>()
  for (const [reading, weight] of readingsOf(word, corpus)) {
    const holders = corpus.indexes.reduce((sum, { postings }) => sum + (postings.get(reading)?.length ?? 0), 0)
    const rarity = Math.log(1 + (corpus.size - holders + 0.5) / (holders + 0.5))
    for (const [server, { postings }] of corpus.indexes.entries()) {
      for (const { tool, frequency } of postings.get(reading) ?? []) {
        const score = (weight * rarity * frequency * (SATURATION + 1)) / (frequency + SATURATION)
        const key = `${server}:${tool}`
        // One word of the query counts once, by whichever reading fits best.
        if (score > (best.get(key)?.score ?? 0)) best.set(key, { server, tool, score })
      }
    }
  }
  for (const { server, tool, score } of best.values()) add(server, tool, score)
}

function queryWords(query: string): readonly string[] {
  const words = [...new Set(readWords(query))]
  const telling = words.filter((word) => !STOP_WORDS.has(word) && !/^\d+$/.test(word))
  return (telling.length > 0 ? telling : words).slice(0, MAX_QUERY_WORDS)
}

/**
 * The tools of a view that fit a question in plain words, the best first. Everything happens here, with words alone: it asks
 * no model, and a question in another language finds only the words that both share.
 */
export function searchTools(view: CatalogView, query: string, limit: number): readonly FoundTool[] {
  const corpus = corpusOf(view)
  const words = queryWords(query)
  const found = new Map<CatalogEntry, { score: number; words: number }>()
  for (const word of words) {
    scoreWord(word, corpus, (server, tool, score) => {
      const entry = corpus.entries[server]?.[tool]
      if (!entry) return
      const sum = found.get(entry) ?? { score: 0, words: 0 }
      sum.score += score
      sum.words++
      found.set(entry, sum)
    })
  }
  // Two words that fit are better than one that is rare.
  return [...found].map(([entry, sum]) => ({ entry, score: sum.score * (BREADTH + sum.words / words.length) })).toSorted((a, b) => b.score - a.score).slice(0, limit)
}
