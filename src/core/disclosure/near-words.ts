const LEAST_LENGTH = 4
const LONG = 7
const LEAST_PREFIX = 4

/** Edit distance in which two swapped neighbours are one mistake; it stops counting beyond two. */
function mistakes(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      let best = Math.min((last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost)
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) best = Math.min(best, (beforeLast[column - 2] ?? Number.POSITIVE_INFINITY) + 1)
      line.push(best)
    }
    if (Math.min(...line) > 2) return 3
    beforeLast = last
    last = line
  }
  return last[b.length] ?? 3
}

/** How likely one word stands for the other, from 0 to 1: misspelt, or one is the beginning of the other (`mongo`, `mongodb`). */
function likeness(word: string, known: string): number {
  const [short, long] = word.length < known.length ? [word, known] : [known, word]
  if (short.length >= LEAST_PREFIX && long.startsWith(short)) return 0.5 + (0.5 * short.length) / long.length
  const allowed = short.length >= LONG ? 2 : 1
  if (long.length - short.length > allowed || short.length < LEAST_LENGTH) return 0
  const found = mistakes(word, known)
  return found > allowed ? 0 : 1 - found / short.length
}

const MOST = 4

/** Known words that a word which is not known may stand for, the likest first. */
export function nearWords(word: string, known: Iterable<string>): readonly { readonly word: string; readonly likeness: number }[] {
  if (word.length < LEAST_LENGTH) return []
  const found = [...known].map((candidate) => ({ word: candidate, likeness: likeness(word, candidate) })).filter((near) => near.likeness > 0)
  return found.toSorted((a, b) => b.likeness - a.likeness).slice(0, MOST)
}
