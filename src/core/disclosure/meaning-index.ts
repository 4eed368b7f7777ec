import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import { embedInTime } from './embed-in-time.ts'
import type { EmbeddedText } from './embedded-text.ts'
import type { ToolEmbedding } from './tool-embedding.ts'
import { unitVectors, type UnitVectors } from './unit-vectors.ts'
import { createVectorStore, type VectorStore } from './vector-store.ts'

/** Texts of one request to the model. */
const BATCH = 64
/** Characters of a text; a model that refuses gets shorter ones, down to the least. */
const TEXT = { most: 1_000, least: 125 }
/** How long nothing is asked after a failure. */
const PAUSE_MS = 30_000
/** Questions whose vectors are kept. */
const MAX_QUESTIONS = 256
/** Texts that wait for their vectors. */
const MAX_WANTED = 20_000

/** Why a search goes by words alone: the model failed, or there are more tools than are kept. */
export interface MeaningTrouble {
  readonly reason: 'failed' | 'too-many'
  readonly error: GatewayError
}

export interface MeaningIndexDeps {
  readonly embedding: ToolEmbedding
  readonly onTrouble: (trouble: MeaningTrouble) => void
  readonly pauseMs?: number | undefined
}

/** Texts and questions by their meaning, for one model. It asks the model in the background, never twice at a time for the same, and never rejects. */
export interface MeaningIndex extends Disposable {
  /** Wants these texts embedded, those first that come first. */
  prepare(texts: readonly EmbeddedText[]): void
  /** Whether it knows all of these; it wants those that it does not know. */
  isReady(texts: readonly EmbeddedText[]): boolean
  /** How near each text is to a question; undefined when the model cannot be asked, or a text is not known. */
  nearness(texts: readonly EmbeddedText[], question: string): Promise<Float32Array | undefined>
}

class EmbeddedTexts implements MeaningIndex {
  readonly #deps: MeaningIndexDeps
  readonly #closed = new AbortController()
  readonly #wanted = new Map<string, string>()
  readonly #questions = new Map<string, Promise<Float32Array | undefined>>()
  #length = 0
  #store: VectorStore = createVectorStore(1)
  #textLength = TEXT.most
  #isFilling = false
  #pausedUntil = 0

  constructor(deps: MeaningIndexDeps) {
    this.#deps = deps
  }

  prepare(texts: readonly EmbeddedText[]): void {
    // What is beyond it would only drive out what was embedded just before.
    for (const { key, text } of texts.slice(0, this.#length === 0 ? MAX_WANTED : this.#store.capacity)) {
      if (this.#store.has(key)) this.#store.touch(key)
      else if (this.#wanted.size < MAX_WANTED) this.#wanted.set(key, text)
    }
    void this.#fill()
  }

  isReady(texts: readonly EmbeddedText[]): boolean {
    if (texts.every(({ key }) => this.#store.has(key))) return true
    const { capacity } = this.#store
    if (this.#length > 0 && texts.length > capacity) {
      this.#deps.onTrouble({ reason: 'too-many', error: new GatewayError('overloaded', `The vectors of at most ${capacity} tools are kept, and there are ${texts.length}.`) })
    }
    this.prepare(texts)
    return false
  }

  async nearness(texts: readonly EmbeddedText[], question: string): Promise<Float32Array | undefined> {
    const vector = await this.#vectorOf(question)
    return vector && vector.length === this.#length ? this.#store.nearness(texts.map(({ key }) => key), vector) : undefined
  }

  [Symbol.dispose](): void {
    this.#closed.abort(new GatewayError('cancelled', 'The embedding is no longer used.'))
  }

  get #isPaused(): boolean {
    return this.#closed.signal.aborted || performance.now() < this.#pausedUntil
  }

  async #fill(): Promise<void> {
    if (this.#isFilling || this.#isPaused) return
    this.#isFilling = true
    try {
      while (this.#wanted.size > 0) {
        const batch = [...this.#wanted].slice(0, BATCH)
        const vectors = await this.#embedTexts(batch.map(([, text]) => text))
        for (const [index, vector] of vectors.entries()) {
          const [key = ''] = batch[index] ?? []
          this.#store.put(key, vector)
          this.#wanted.delete(key)
        }
      }
    } catch (thrown) {
      this.#fail(thrown)
    } finally {
      this.#isFilling = false
    }
  }

  #vectorOf(question: string): Promise<Float32Array | undefined> {
    const known = this.#questions.get(question)
    if (known) return known
    if (this.#isPaused) return Promise.resolve(undefined)
    const asked = this.#embed([question]).then(
      ([vector]) => vector,
      (thrown: unknown) => {
        this.#questions.delete(question)
        this.#fail(thrown)
        return undefined
      },
    )
    this.#questions.set(question, asked)
    const [oldest = ''] = this.#questions.keys()
    if (this.#questions.size > MAX_QUESTIONS) this.#questions.delete(oldest)
    return asked
  }

  async #embedTexts(texts: readonly string[]): Promise<UnitVectors> {
    for (;;) {
      try {
        return await this.#embed(texts.map((text) => text.slice(0, this.#textLength)))
      } catch (thrown) {
        if (this.#textLength <= TEXT.least || asGatewayError(thrown).code !== 'invalid_request') throw thrown
        this.#textLength /= 2
      }
    }
  }

  async #embed(texts: readonly string[]): Promise<UnitVectors> {
    return this.#read(await embedInTime(this.#deps.embedding, texts, this.#closed.signal), texts.length)
  }

  /** Vectors of another length are of another model, and near to nothing that is known. */
  async #read(answered: readonly Float32Array[], count: number): Promise<UnitVectors> {
    const vectors = unitVectors(answered, count)
    const [{ length }] = vectors
    if (length === this.#length) return vectors
    const before = this.#length
    this.#length = before === 0 ? length : 0
    this.#store = createVectorStore(length)
    this.#questions.clear()
    if (before > 0) throw new GatewayError('upstream_protocol', `The model's vectors have ${length} numbers now, and had ${before}: everything is embedded again.`)
    return vectors
  }

  #fail(thrown: unknown): void {
    if (this.#closed.signal.aborted) return
    this.#pausedUntil = performance.now() + (this.#deps.pauseMs ?? PAUSE_MS)
    this.#deps.onTrouble({ reason: 'failed', error: asGatewayError(thrown) })
  }
}

export function createMeaningIndex(deps: MeaningIndexDeps): MeaningIndex {
  return new EmbeddedTexts(deps)
}
