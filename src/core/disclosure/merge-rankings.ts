/** What the nearest in meaning counts, where the best by words counts 1. Chosen by recall, as docs/reference/disclosure.md says. */
const MEANING_WEIGHT = 2

/**
 * One ranking of two, as scores that compare with each other: what words say as a share of the best, what meaning says as a share of the way
 * from the farthest to the nearest. Models differ in how near everything is to them, so that neither scale matters.
 */
export function mergeRankings(byWords: readonly number[], byMeaning: ArrayLike<number>): readonly number[] {
  let [best, nearest, farthest] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const [index, score] of byWords.entries()) {
    const near = byMeaning[index] ?? 0
    if (score > best) best = score
    if (near > nearest) nearest = near
    if (near < farthest) farthest = near
  }
  const reach = nearest - farthest
  return byWords.map((score, index) => (best > 0 ? score / best : 0) + (reach > 0 ? (MEANING_WEIGHT * ((byMeaning[index] ?? 0) - farthest)) / reach : 0))
}
