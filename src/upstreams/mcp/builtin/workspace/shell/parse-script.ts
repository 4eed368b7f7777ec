import { type Cursor, type ScannedWord, scanQuoted, scanWord } from './scan-word.ts'
import { type ShellWord, type SimpleCommand, UnparsableScriptError } from './script.ts'

/** Words after which another command starts. */
const OPENERS = new Set(['!', '{', '}', 'if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', 'time'])
const REFUSED = new Set(['case', 'esac', 'function', 'coproc', '[[', 'select'])
const REDIRECT = /^(\d*)(&>>|&>|<<<|<<-|<<|<>|>>|>\||>&|<&|>|<)/
const MOST_COMMANDS = 500
const MOST_DEPTH = 20

const fail = (what: string): never => {
  throw new UnparsableScriptError(what)
}

interface Draft {
  readonly assignments: { readonly name: string; readonly value: ShellWord }[]
  readonly words: ShellWord[]
  readonly redirects: ShellWord[]
  /** Behind `for`: words are values of the loop, not a command. */
  isLoopHead: boolean
}

interface HereDocument {
  readonly end: string
  readonly isQuoted: boolean
  readonly hasTabs: boolean
}

const shellWord = ({ text, isDynamic, hasGlob, hasTilde }: ScannedWord): ShellWord => ({ text, isDynamic, hasGlob, hasTilde })
const DYNAMIC: ShellWord = { text: '', isDynamic: true, hasGlob: false, hasTilde: false }

/**
 * Every simple command of a script: of its lists, pipelines, subshells, groups, conditions, loops and substitutions, in any place where
 * a shell would run one. It errs on one side only: data may be taken for a command, never a command for data.
 * Throws `UnparsableScriptError` for what it does not know: `case`, functions, arithmetic, arrays, `[[`.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */
export function parseScript(script: string): readonly SimpleCommand[] {
  const found: SimpleCommand[] = []
  let depth = 0

  const inner = (cursor: Cursor): void => {
    if (++depth > MOST_DEPTH) fail('it is nested too deeply')
    parseList(cursor, true)
    depth--
  }

  function readHereDocument(cursor: Cursor, { end, isQuoted, hasTabs }: HereDocument): void {
    let body = ''
    for (;;) {
      if (cursor.at >= cursor.text.length) fail('a here-document is not closed')
      const close = cursor.text.indexOf('\n', cursor.at)
      const line = cursor.text.slice(cursor.at, close < 0 ? undefined : close)
      cursor.at = close < 0 ? cursor.text.length : close + 1
      if ((hasTabs ? line.replace(/^\t+/, '') : line) === end) break
      body += `${line}\n`
    }
    if (!isQuoted) scanQuoted({ text: body, at: 0 }, undefined, inner)
  }

  function readRedirect(cursor: Cursor, operator: string, draft: Draft, documents: HereDocument[]): void {
    while (/[ \t]/.test(cursor.text[cursor.at] ?? '')) cursor.at++
    const start = cursor.at
    const word = scanWord(cursor, inner)
    if (cursor.at === start) fail(`\`${operator}\` leads nowhere`)
    if (operator === '<<' || operator === '<<-') {
      if (word.isDynamic) fail('the end of a here-document is not plain')
      documents.push({ end: word.text, isQuoted: /['"\\]/.test(cursor.text.slice(start, cursor.at)), hasTabs: operator === '<<-' })
    } else if (operator !== '<<<' && !(/^[<>]&$/.test(operator) && /^(?:\d+|-)$/.test(word.text) && !word.isDynamic)) draft.redirects.push(shellWord(word))
  }

  function takeWord(word: ScannedWord, draft: Draft): void {
    const isPlain = word.plain === word.text.length && !word.isDynamic
    const isFirst = draft.words.length === 0 && draft.assignments.length === 0 && !draft.isLoopHead
    if (isFirst && isPlain && OPENERS.has(word.text)) return
    if (isFirst && isPlain && REFUSED.has(word.text)) fail(`\`${word.text}\` is not understood`)
    if (isFirst && isPlain && word.text === 'for') {
      draft.isLoopHead = true
      return
    }
    const name = /^([A-Za-z_]\w*)\+?=/.exec(word.text)
    if (draft.words.length === 0 && name && name[0].length <= word.plain) {
      draft.assignments.push({ name: name[1] ?? '', value: shellWord({ ...word, text: word.text.slice(name[0].length) }) })
    } else draft.words.push(shellWord(word))
  }

  function parseList(cursor: Cursor, isInner: boolean): void {
    let draft: Draft = { assignments: [], words: [], redirects: [], isLoopHead: false }
    const documents: HereDocument[] = []
    const end = (): void => {
      const { assignments, words, redirects, isLoopHead } = draft
      if (!isLoopHead && assignments.length + words.length + redirects.length > 0) found.push({ assignments, words, redirects })
      if (found.length > MOST_COMMANDS) fail('it has too many commands')
      draft = { assignments: [], words: [], redirects: [], isLoopHead: false }
    }
    /** Whether the list goes on. */
    const step = (letter: string): boolean => {
      const redirect = REDIRECT.exec(cursor.text.slice(cursor.at, cursor.at + 24))
      if (redirect) {
        cursor.at += redirect[0].length
        const operator = redirect[2] ?? ''
        if ((operator === '<' || operator === '>') && cursor.text[cursor.at] === '(') {
          cursor.at++
          inner(cursor)
          draft.words.push(DYNAMIC)
        } else readRedirect(cursor, operator, draft, documents)
      } else if (letter === '(') {
        if (draft.words.length + draft.assignments.length > 0 || draft.isLoopHead || cursor.text[cursor.at + 1] === '(') fail('functions, arrays and arithmetic are not understood')
        cursor.at++
        inner(cursor)
      } else if (letter === ')') {
        end()
        cursor.at++
        if (!isInner) fail('a `)` has no `(`')
        if (documents.length > 0) fail('a here-document is not closed')
        return false
      } else if (';&|\n'.includes(letter)) {
        end()
        cursor.at++
        if (letter === ';' && cursor.text[cursor.at] === ';') fail('`;;` is not understood')
        if (letter === '\n') for (const document of documents.splice(0)) readHereDocument(cursor, document)
      } else takeWord(scanWord(cursor, inner), draft)
      return true
    }
    for (;;) {
      const letter = cursor.text[cursor.at]
      if (letter === undefined) break
      if (letter === ' ' || letter === '\t') cursor.at++
      else if (cursor.text.startsWith('\\\n', cursor.at)) cursor.at += 2
      else if (letter === '#') while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '\n') cursor.at++
      else if (!step(letter)) return
    }
    if (isInner) fail('a `(` is not closed')
    if (documents.length > 0) fail('a here-document is not closed')
    end()
  }

  if (script.includes('\0')) fail('it holds a NUL byte')
  parseList({ text: script, at: 0 }, false)
  return found
}
