/** One piece of what is said. `isApart` for what stood in a block of another kind and is said in plain text here. */
export interface SaidPiece {
  readonly text: string
  readonly isApart?: boolean
}

/** A text in its pieces is one text; what is said in place of another block stands in a paragraph of its own. */
export function joinSaid(pieces: readonly SaidPiece[]): string {
  let joined = ''
  for (const [index, { text, isApart }] of pieces.entries()) {
    const needsGap = index > 0 && (isApart === true || pieces[index - 1]?.isApart === true)
    joined += `${needsGap && !joined.endsWith('\n\n') ? '\n\n' : ''}${text}`
  }
  return joined
}
