/** Edit distance in which two swapped neighbours are one mistake. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    rows.push(line)
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, at(row - 2, column - 2) + 1)
      }
      line.push(best)
    }
  }
  return at(a.length, b.length)
}

/** The known word that was probably meant, or undefined when none is near: two mistakes, one in a short word. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_\s]/g, '')
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const far = distance(plain(word).slice(0, 64), plain(candidate))
    if (far <= (candidate.length <= 4 ? 1 : 2) && (!best || far < best.distance)) best = { word: candidate, distance: far }
  }
  return best?.word
}
