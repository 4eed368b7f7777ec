/** Lines around a change that are shown for orientation. */
const CONTEXT = 2
/** Beyond this many pairs of lines the middle is shown as replaced whole. */
const MOST_PAIRS = 4_000_000

type Line = readonly [sign: ' ' | '-' | '+', text: string]

/** How many lines both have in common from any place of each on. */
function countCommon(before: readonly string[], after: readonly string[]): (i: number, j: number) => number {
  const width = after.length + 1
  const common = new Uint32Array((before.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  return at
}

/** The longest common lines of both, by the textbook table. */
function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  if (before.length * after.length > MOST_PAIRS) return [...before.map((text): Line => ['-', text]), ...after.map((text): Line => ['+', text])]
  const common = countCommon(before, after)
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [left, right] = [before[i], after[j]]
    if (left !== undefined && left === right) {
      lines.push([' ', left])
      i++
      j++
    } else if (left !== undefined && (right === undefined || common(i + 1, j) >= common(i, j + 1))) {
      lines.push(['-', left])
      i++
    } else {
      lines.push(['+', right ?? ''])
      j++
    }
  }
  return lines
}

/** What differs between two texts, line by line: `- old`, `+ new`, `  both`, and `…` where equal lines are left out. */
export function lineDiff(before: string, after: string): readonly string[] {
  const lines = compare(before.split('\n'), after.split('\n'))
  const isNear = lines.map((_, index) => lines.slice(Math.max(index - CONTEXT, 0), index + CONTEXT + 1).some(([sign]) => sign !== ' '))
  return lines.flatMap(([sign, text], index) => {
    if (isNear[index]) return [`${sign} ${text}`]
    return index === 0 || isNear[index - 1] ? ['…'] : []
  })
}
