import type { SseEvent } from '../../../src/dialects/index.ts'
import type { DialectQuirks } from '../../../src/domain/dialect-quirks.ts'
import type { Dialect } from '../../../src/domain/dialect.ts'

/** What the grid needs to know of one dialect. */
export interface DialectGrid {
  readonly dialect: Dialect
  /** Whether clients speak it, or only providers. */
  readonly hasClients: boolean
  /** What its own provider is known for; unset for what any server of the dialect does. */
  readonly quirks?: DialectQuirks
  /** Request scenarios that come out of decoding and encoding in the same dialect as they went in. */
  readonly faithful: readonly string[]
  /** Throws unless the events are one whole, legal stream. */
  checkGrammar(events: readonly SseEvent[]): void
  /** Whether the answer is complete with this event. */
  isFinish(event: SseEvent): boolean
}
