/** Edits (insert, delete, replace) that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const MAX_COMPARED = 2_000
const MAX_LENGTH = 100

/** The names somebody may have meant: the same model at a provider and longer names first, then small misspellings. */
export function nearestNames(wanted: string, known: readonly string[], count: number): readonly string[] {
  const word = wanted.slice(0, MAX_LENGTH).toLowerCase()
  const scored = known.slice(0, MAX_COMPARED).flatMap((name) => {
    const candidate = name.slice(0, MAX_LENGTH).toLowerCase()
    if (candidate.endsWith(`/${word}`) || (word.length > 2 && candidate.startsWith(word))) return [{ name, score: -1 }]
    const score = editDistance(word, candidate)
    return score <= Math.max(2, Math.floor(word.length / 3)) ? [{ name, score }] : []
  })
  return scored.toSorted((a, b) => a.score - b.score).slice(0, count).map(({ name }) => name)
}
