/** One forward step. Its statements run in one transaction, so that a crash leaves all of it or nothing. */
export interface Migration {
  /** Position in the history, from 1 without gaps. */
  readonly version: number
  readonly name: string
  readonly statements: readonly string[]
}
