import type { JsonText } from '../lib/json-text.ts'
import type { HandedTurnStore } from './handed-turns.ts'

/** A run that has to be finished whatever happens to the process. Class D2. */
export interface StoredRun {
  readonly id: string
  readonly startedAt: Date
  /** All that is needed to ask again, as `core/responses` writes it. */
  readonly request: JsonText
}

/**
 * What a run has done: a turn of the model that calls something, a call that is about to be made, a call that was made. A call that
 * was begun and has no result may or may not have happened.
 */
export interface StoredRunStep {
  readonly run: string
  readonly sequence: number
  readonly kind: 'turn' | 'call-begun' | 'call-made'
  readonly content: JsonText
}

/** Runs that have not ended, with their steps, and the turns that clients have to go on with. */
export interface RunStore {
  /** Settles once it is on disk, as all of these do. */
  begin(run: StoredRun): Promise<void>
  find(id: string): Promise<StoredRun | undefined>
  /** Of all that have not ended. */
  ids(): Promise<readonly string[]>
  add(step: StoredRunStep): Promise<void>
  /** In their order. */
  steps(run: string): Promise<readonly StoredRunStep[]>
  /** Forgets the run and its steps. */
  end(id: string): Promise<void>
  readonly turns: HandedTurnStore
}
