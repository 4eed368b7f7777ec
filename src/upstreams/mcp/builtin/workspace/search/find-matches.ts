import type { GrepRequest } from './search-request.ts'

const LONGEST_LINE = 500

/** A regular expression as ripgrep writes it, as far as JavaScript has it; a leading `(?i)` or `(?s)` becomes a flag. */
export function compilePattern({ pattern, ignoresCase, isMultiline }: Pick<GrepRequest, 'pattern' | 'ignoresCase' | 'isMultiline'>): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(pattern)
  const flags = new Set(['g', 'm', ...(inline?.[1] ?? '').split(''), ...(ignoresCase ? ['i'] : []), ...(isMultiline ? ['s'] : [])])
  const source = inline ? pattern.slice(inline[0].length) : pattern
  try {
    return new RegExp(source, [...flags, 'u'].join(''))
  } catch {
    // Escapes that mean themselves (`\-`, `\"`) are mistakes with the `u` flag only.
    return new RegExp(source, [...flags].join(''))
  }
}

export interface FileMatches {
  readonly lines: readonly string[]
  /** Indices of lines that hold a match, in order. */
  readonly matched: readonly number[]
}

/** Lines of a text that match; with `isMultiline` a match may hold several. */
export function findMatches(text: string, expression: RegExp, isMultiline: boolean): FileMatches {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.at(-1) === '') lines.pop()
  if (!isMultiline) {
    const matched = lines.flatMap((line, index) => {
      expression.lastIndex = 0
      return expression.test(line) ? [index] : []
    })
    return { lines, matched }
  }
  const starts: number[] = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const matched = new Set<number>()
  let line = 0
  for (const { 0: match, index } of text.matchAll(expression)) {
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= index) line++
    const end = index + Math.max(match.length, 1)
    for (let at = line; at < lines.length && (starts[at] ?? 0) < end; at++) matched.add(at)
  }
  return { lines, matched: [...matched] }
}

/** As ripgrep prints matches: `path:line:text`, `path-line-text` around them, `--` between groups. */
export function printMatches(path: string, { lines, matched }: FileMatches, { before, after, hasNumbers }: GrepRequest): readonly string[] {
  const hits = new Set(matched)
  const shown = new Set(matched.flatMap((hit) => Array.from({ length: before + after + 1 }, (_, index) => hit - before + index)))
  const printed: string[] = []
  let last: number | undefined
  for (const index of [...shown].filter((at) => at >= 0 && at < lines.length).sort((a, b) => a - b)) {
    if (last !== undefined && index > last + 1 && before + after > 0) printed.push('--')
    const line = lines[index] ?? ''
    const mark = hits.has(index) ? ':' : '-'
    printed.push(`${path}${mark}${hasNumbers ? `${index + 1}${mark}` : ''}${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} [line truncated]` : line}`)
    last = index
  }
  return printed
}
