import type { SseEvent, WireFold } from '../../dialects/index.ts'
import type { JsonObject } from '../../lib/json.ts'

/** Adds up the events of a stream when somebody wants to know, or from when it is told to: of most streams nobody ever asks. */
export class LateFold {
  readonly #fold: WireFold | undefined
  #waiting: SseEvent[] = []
  #isEager = false

  constructor(fold: WireFold | undefined) {
    this.#fold = fold
  }

  push(event: SseEvent): void {
    if (this.#isEager) this.#fold?.push(event)
    else this.#waiting.push(event)
  }

  /** From now on each event is added as it comes, so that a long stream is no long work at its end. */
  begin(): void {
    if (this.#isEager) return
    this.#isEager = true
    for (const event of this.#waiting) this.#fold?.push(event)
    this.#waiting = []
  }

  answer(): JsonObject {
    this.begin()
    return this.#fold?.answer() ?? {}
  }
}
