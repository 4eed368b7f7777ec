/** A web page that a text rests on. */
export interface Citation {
  readonly url: string
  readonly title: string | undefined
  /** What of the text rests on it, in UTF-16 units of its own block; undefined for all of the block. */
  readonly range: { readonly start: number; readonly end: number } | undefined
  /** The words of the page, where the provider tells them. */
  readonly citedText?: string
  /** Where it was read: a pointer into the provider's answer. */
  readonly path: string
}

/** A search of the web that the provider made itself. */
export interface WebSearch {
  readonly id: string
  readonly queries: readonly string[]
  readonly sources: readonly { readonly url: string; readonly title: string | undefined; readonly path: string }[]
  /** Why it found nothing, in the provider's word. */
  readonly failure?: string
  readonly path: string
}

/** The range of a citation in a block that has this text. */
export function rangeOf({ range }: Citation, text: string): { readonly start: number; readonly end: number } {
  return range ?? { start: 0, end: text.length }
}
