import type { Events } from '../../telemetry/index.ts'
import type { CatalogView, ServerCatalog } from '../catalog/index.ts'
import { readServerTexts, readViewTexts, type EmbeddedText } from './embedded-text.ts'
import { createMeaningIndex, type MeaningIndex } from './meaning-index.ts'
import { mergeRankings } from './merge-rankings.ts'
import { searchTools, type FoundTool } from './search-tools.ts'
import type { ToolEmbedding } from './tool-embedding.ts'
import { waitAtMost } from './wait-at-most.ts'

/** Longest that a search waits for the vector of its question. */
const QUESTION_DEADLINE_MS = 1_000
/** A trouble that goes on is told again after this long. */
const TOLD_MS = 3_600_000

export interface ToolSearchDeps {
  /** Asked for with each search; undefined while none is configured. */
  readonly embedding: () => ToolEmbedding | undefined
  readonly events: Pick<Events, 'toolEmbeddingTroubled'>
  readonly questionDeadlineMs?: number
  readonly pauseMs?: number
}

/** Finds tools by words and, where a model is configured for it, by meaning. A search never fails because of the model. */
export interface ToolSearch extends Disposable {
  /** The tools of a view that fit a question, the best first. It waits for the model only where that knows all the tools. */
  find(view: CatalogView, question: string, limit: number, signal: AbortSignal): Promise<readonly FoundTool[]>
  /** Has the tools of these servers embedded in the background, if they are to be. */
  prepare(servers: readonly ServerCatalog[]): void
}

interface Current {
  readonly model: string
  readonly index: MeaningIndex
  tell(reason: string, message: string): void
  /** A question is not answered yet although its time is over; others do not wait for the same model. */
  isLate: boolean
}

export function createToolSearch({ embedding: configured, events, questionDeadlineMs = QUESTION_DEADLINE_MS, pauseMs }: ToolSearchDeps): ToolSearch {
  let current: Current | undefined

  function begin(embedding: ToolEmbedding): Current {
    const { model } = embedding
    const told = new Map<string, number>()
    function tell(reason: string, message: string): void {
      const now = performance.now()
      if (now - (told.get(reason) ?? Number.NEGATIVE_INFINITY) < TOLD_MS) return
      told.set(reason, now)
      events.toolEmbeddingTroubled({ model, reason, message })
    }
    const index = createMeaningIndex({ embedding, pauseMs, onTrouble: ({ reason, error }) => tell(reason === 'failed' ? error.code : reason, error.message) })
    return { model, index, tell, isLate: false }
  }

  function latest(): Current | undefined {
    const embedding = configured()
    if (embedding?.model !== current?.model) {
      current?.index[Symbol.dispose]()
      current = embedding && begin(embedding)
    }
    return current
  }

  /** A late answer is waited for in the background: it may be the model being loaded, and the question may come again. */
  async function nearnessOf(now: Current, texts: readonly EmbeddedText[], question: string, signal: AbortSignal): Promise<Float32Array | undefined> {
    if (now.isLate || !now.index.isReady(texts)) return undefined
    const asked = now.index.nearness(texts, question)
    const timely = await waitAtMost(asked, questionDeadlineMs, signal)
    if (timely.kind === 'settled') return timely.value
    if (timely.kind === 'aborted') return undefined
    now.isLate = true
    void asked.then(() => (now.isLate = false))
    now.tell('slow', `The model did not answer within ${questionDeadlineMs} ms.`)
    return undefined
  }

  return {
    async find(view, question, limit, signal) {
      const now = latest()
      const texts = now ? readViewTexts(view) : []
      const nearness = now && texts.length > 0 ? await nearnessOf(now, texts, question, signal) : undefined
      if (!nearness) return searchTools(view, question, limit)
      const entries = view.list('tool')
      const byWords = new Map(searchTools(view, question, entries.length).map(({ entry, score }) => [entry, score]))
      const scores = mergeRankings(entries.map((entry) => byWords.get(entry) ?? 0), nearness)
      return entries.map((entry, index) => ({ entry, score: scores[index] ?? 0 })).toSorted((a, b) => b.score - a.score).slice(0, limit)
    },
    prepare(servers) {
      latest()?.index.prepare(readServerTexts(servers))
    },
    [Symbol.dispose]() {
      current?.index[Symbol.dispose]()
    },
  }
}
