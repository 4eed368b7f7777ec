/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** What is known of an upstream model besides its name. Nothing is guessed: what is not known is not there. */
export interface ModelFacts {
  readonly price?: ModelPrice
  /** The most tokens that question and answer may have together. */
  readonly contextTokens?: number
  /** The most tokens that an answer may have. */
  readonly outputTokens?: number
  readonly canReason?: boolean
  readonly canSee?: boolean
}
