const MOST_CHARACTERS = 1_000

function closeOf(pattern: string, start: number): number {
  const first = /[!^]/.test(pattern[start + 1] ?? '') ? start + 2 : start + 1
  return pattern.indexOf(']', first + 1)
}

/** `[!a-z]` as a class, in which nothing but ranges has a meaning. */
const classOf = (inner: string): string => `(?!/)[${inner.replace(/^[!^]/, '^').replaceAll(/[\\\]]|\[/g, String.raw`\$&`)}]`

/**
 * A glob as a regular expression over a path with `/`: `*`, `?` and `[…]` stay in one name, `**` does not, `{a,b}` chooses.
 * It is for threads that can be ended: a pattern of many stars may be slow.
 */
export function globExpression(pattern: string): RegExp {
  if (pattern.length > MOST_CHARACTERS) throw new RangeError(`Expected a pattern of at most ${MOST_CHARACTERS} characters.`)
  let source = ''
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern.charAt(at)
    const close = letter === '[' ? closeOf(pattern, at) : -1
    if (pattern.startsWith('**/', at) && (at === 0 || pattern[at - 1] === '/')) {
      source += '(?:[^/]+/)*'
      at += 2
    } else if (pattern.startsWith('**', at)) {
      source += '.*'
      at++
    } else if (letter === '*') source += '[^/]*'
    else if (letter === '?') source += '[^/]'
    else if (close > 0) {
      source += classOf(pattern.slice(at + 1, close))
      at = close
    } else if (letter === '{') {
      source += '(?:'
      depth++
    } else if (letter === '}' && depth > 0) {
      source += ')'
      depth--
    } else if (letter === ',' && depth > 0) source += '|'
    else source += (letter === '\\' && at + 1 < pattern.length ? pattern.charAt(++at) : letter).replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`)
  }
  return new RegExp(`^${source}${')'.repeat(depth)}$`, 's')
}
