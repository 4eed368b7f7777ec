/**
 * What each `*` of a pattern stands for in a text, or undefined when the text does not match as a whole. A `*` matches any
 * run of characters, also an empty one; each takes as little as it can, the last one the rest. Linear for each `*`.
 * `matchWildcard('claude-*-haiku*', 'claude-3-5-haiku-latest')` is `['3-5', '-latest']`.
 */
export function matchWildcard(pattern: string, text: string): readonly string[] | undefined {
  const parts = pattern.split('*')
  const [head = '', ...rest] = parts
  const tail = rest.pop()
  if (tail === undefined) return pattern === text ? [] : undefined
  const end = text.length - tail.length
  if (!text.startsWith(head) || !text.endsWith(tail) || head.length > end) return undefined
  const found: string[] = []
  let at = head.length
  for (const part of rest) {
    const next = text.indexOf(part, at)
    if (next < 0 || next + part.length > end) return undefined
    found.push(text.slice(at, next))
    at = next + part.length
  }
  return [...found, text.slice(at, end)]
}

/** Replaces the first `*` by the first text, the second by the second, and so on. */
export function fillWildcards(pattern: string, texts: readonly string[]): string {
  return pattern.split('*').reduce((filled, part, index) => `${filled}${texts[index - 1] ?? ''}${part}`)
}

/** How much of a pattern is not a wildcard. */
export function literalLength(pattern: string): number {
  return pattern.replaceAll('*', '').length
}
