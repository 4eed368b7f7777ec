import { type ShellWord, UnparsableScriptError } from './script.ts'

/** Where a scan stands in its text. */
export interface Cursor {
  readonly text: string
  at: number
}

/** Called with a cursor behind `$(`, `<(` or `(`; leaves it behind the `)`. */
export type ScanInner = (cursor: Cursor) => void

export interface ScannedWord extends ShellWord {
  /** How many characters of `text` were written plainly, before the first quote or expansion. */
  readonly plain: number
}

const ENDS = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')'])

const fail = (what: string): never => {
  throw new UnparsableScriptError(what)
}

function until(cursor: Cursor, end: string, what: string): string {
  const close = cursor.text.indexOf(end, cursor.at)
  if (close < 0) fail(`${what} is not closed`)
  const inner = cursor.text.slice(cursor.at, close)
  cursor.at = close + end.length
  return inner
}

/** Behind the first backtick. What is inside is a script in which backslashes are taken off once. */
function scanBackticks(cursor: Cursor, inner: ScanInner): void {
  let script = ''
  for (; cursor.text[cursor.at] !== '`'; cursor.at++) {
    if (cursor.at >= cursor.text.length) fail('a backtick is not closed')
    if (cursor.text[cursor.at] === '\\' && /[$`\\]/.test(cursor.text[cursor.at + 1] ?? '')) cursor.at++
    script += cursor.text.charAt(cursor.at)
  }
  cursor.at++
  inner({ text: `${script}\n)`, at: 0 })
}

/** Behind `$`. Returns the text that it stands for when that is plain, else undefined. */
function scanDollar(cursor: Cursor, inner: ScanInner, isQuoted: boolean): string | undefined {
  const { text } = cursor
  const next = text[cursor.at] ?? ''
  if (text.startsWith('((', cursor.at) || next === '[') fail('arithmetic is not understood')
  if (next === '(') {
    cursor.at++
    inner(cursor)
    return undefined
  }
  if (next === '{') {
    cursor.at++
    const body = until(cursor, '}', '`${`')
    if (/[`@'"\\{]|\$[({]|<\(|>\(/.test(body)) fail('this form of `${…}` is not understood')
    return undefined
  }
  if (!isQuoted && next === "'") {
    cursor.at++
    while (cursor.at < text.length && text[cursor.at] !== "'") cursor.at += text[cursor.at] === '\\' ? 2 : 1
    if (cursor.at >= text.length) fail("`$'` is not closed")
    cursor.at++
    return undefined
  }
  if (!isQuoted && next === '"') fail('`$"` is not understood')
  const name = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(text.slice(cursor.at, cursor.at + 200))
  if (!name) return '$'
  cursor.at += name[0].length
  return undefined
}

/** Text in which only `$`, backticks and backslashes mean something, up to `end`, or all of it. */
export function scanQuoted(cursor: Cursor, end: '"' | undefined, inner: ScanInner): { readonly text: string; readonly isDynamic: boolean } {
  let text = ''
  let isDynamic = false
  for (; ; cursor.at++) {
    const letter = cursor.text[cursor.at]
    if (letter === undefined) return end === undefined ? { text, isDynamic } : fail('a `"` is not closed')
    if (letter === end) {
      cursor.at++
      return { text, isDynamic }
    }
    if (letter === '\\' && /[$`"\\\n]/.test(cursor.text[cursor.at + 1] ?? '')) {
      cursor.at++
      if (cursor.text[cursor.at] !== '\n') text += cursor.text.charAt(cursor.at)
    } else if (letter === '$' || letter === '`') {
      cursor.at++
      const plain = letter === '$' ? scanDollar(cursor, inner, true) : scanBackticks(cursor, inner)
      if (plain === undefined) isDynamic = true
      else text += plain
      cursor.at--
    } else text += letter
  }
}

interface Pieces {
  text: string
  plain: number | undefined
  isDynamic: boolean
  hasGlob: boolean
  hasTilde: boolean
}

function scanSpecial(cursor: Cursor, inner: ScanInner, word: Pieces, letter: string): void {
  cursor.at++
  if (letter === "'") word.text += until(cursor, "'", "a `'`")
  else if (letter === '"') {
    const quoted = scanQuoted(cursor, '"', inner)
    word.text += quoted.text
    word.isDynamic ||= quoted.isDynamic
  } else if (letter === '\\') {
    const next = cursor.text[cursor.at] ?? fail('a backslash stands at the end')
    cursor.at++
    if (next !== '\n') word.text += next
  } else {
    const plain = letter === '$' ? scanDollar(cursor, inner, false) : scanBackticks(cursor, inner)
    if (plain === undefined) word.isDynamic = true
    else word.text += plain
  }
}

/** Reads one word, with everything quoted in it. */
export function scanWord(cursor: Cursor, inner: ScanInner): ScannedWord {
  const word: Pieces = { text: '', plain: undefined, isDynamic: false, hasGlob: false, hasTilde: false }
  const start = cursor.at
  for (;;) {
    const letter = cursor.text[cursor.at]
    if (letter === undefined || ENDS.has(letter)) break
    if (`'"\\$\``.includes(letter)) {
      word.plain ??= word.text.length
      scanSpecial(cursor, inner, word, letter)
      continue
    }
    if ('*?['.includes(letter)) word.hasGlob = true
    if (letter === '~' && (word.text === '' || /[=:]$/.test(word.text))) word.hasTilde = true
    word.text += letter
    cursor.at++
  }
  const raw = cursor.text.slice(start, cursor.at)
  // A shell further in would expand braces, though ours does not.
  const hasBraces = /\{[^}]*(?:,|\.\.)/.test(raw)
  return { text: word.text, plain: word.plain ?? word.text.length, isDynamic: word.isDynamic || hasBraces, hasGlob: word.hasGlob, hasTilde: word.hasTilde }
}
