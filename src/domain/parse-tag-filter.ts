import { normalTag, type TagExpression } from './tag-expression.ts'

/** What is wrong with the text of a filter, and where. */
export interface TagFilterProblem {
  /** Of the first character that does not fit, counted from 1. */
  readonly position: number
  /** In words, such as “a tag, `not` or `(`”. */
  readonly expected: string
  readonly found: string
}

export type ParsedTagFilter =
  | { readonly kind: 'valid'; readonly expression: TagExpression }
  | { readonly kind: 'invalid'; readonly problem: TagFilterProblem }

/** Bounds on what strangers may let us parse and evaluate. */
export const TAG_FILTER_LIMITS = { characters: 2000, tags: 100, tagCharacters: 100, depth: 32 } as const

type Operator = 'and' | 'or' | 'not' | 'open' | 'close' | 'end'

type Token = { readonly at: number; readonly text: string } & ({ readonly kind: Operator } | { readonly kind: 'tag'; readonly tag: string })

const SYMBOLS: readonly (readonly [string, Operator])[] = [
  ['&&', 'and'],
  ['||', 'or'],
  ['+', 'and'],
  [',', 'or'],
  ['!', 'not'],
  ['-', 'not'],
  ['(', 'open'],
  [')', 'close'],
]
const WORDS: ReadonlyMap<string, Operator> = new Map([['and', 'and'], ['or', 'or'], ['not', 'not']])
/** `-` belongs to a word but does not begin one. */
const WORD = /[\p{L}\p{N}\p{M}_.:/@#][\p{L}\p{N}\p{M}_.:/@#-]*/uy
const SPACE = /\s*/y
const TERM = 'a tag, `not` or `(`'

class Refusal extends Error {
  readonly problem: TagFilterProblem

  constructor(at: number, expected: string, found: string) {
    super(expected)
    this.problem = { position: at + 1, expected, found }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function makeTag(at: number, text: string, written: string): Token {
  const tag = normalTag(written)
  if (tag === '') throw new Refusal(at, 'a tag between the quotes', 'nothing')
  if (tag.length > TAG_FILTER_LIMITS.tagCharacters) throw new Refusal(at, `a tag of at most ${TAG_FILTER_LIMITS.tagCharacters} characters`, `${tag.length}`)
  return { kind: 'tag', at, text, tag }
}

/** `"…"` or `'…'`; a backslash takes the next character as it is. */
function readQuoted(text: string, at: number): Token {
  const quote = text[at]
  let written = ''
  for (let index = at + 1; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === quote) return makeTag(at, text.slice(at, index + 1), written)
    written += character === '\\' ? (text[++index] ?? '') : character
  }
  throw new Refusal(text.length, `\`${quote ?? ''}\` at the end of the tag that begins at ${at + 1}`, 'the end')
}

function readToken(text: string, from: number): Token {
  const at = from + matchAt(SPACE, text, from).length
  if (at >= text.length) return { kind: 'end', at, text: '' }
  if (text[at] === '"' || text[at] === "'") return readQuoted(text, at)
  const word = matchAt(WORD, text, at)
  if (word !== '') {
    const keyword = WORDS.get(word.toLowerCase())
    return keyword ? { kind: keyword, at, text: word } : makeTag(at, word, word)
  }
  const symbol = SYMBOLS.find(([written]) => text.startsWith(written, at))
  if (symbol) return { kind: symbol[1], at, text: symbol[0] }
  const found = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw new Refusal(at, found === '&' || found === '|' ? `\`${found}${found}\`` : 'a tag or an operator', `\`${found}\``)
}

class Parser {
  readonly #text: string
  #next: Token
  #tags = 0

  constructor(text: string) {
    if (text.length > TAG_FILTER_LIMITS.characters) {
      throw new Refusal(TAG_FILTER_LIMITS.characters, `at most ${TAG_FILTER_LIMITS.characters} characters`, `${text.length}`)
    }
    this.#text = text
    this.#next = readToken(text, 0)
  }

  whole(): TagExpression {
    const expression = this.#any(0)
    if (this.#next.kind !== 'end') this.#refuse('`and`, `or` or the end')
    return expression
  }

  #take(): Token {
    const token = this.#next
    this.#next = readToken(this.#text, token.at + token.text.length)
    return token
  }

  #refuse(expected: string): never {
    const { at, kind, text } = this.#next
    throw new Refusal(at, expected, kind === 'end' ? 'the end' : `\`${text}\``)
  }

  #any(depth: number): TagExpression {
    return this.#list('or', () => this.#list('and', () => this.#term(depth), (all) => ({ all })), (any) => ({ any }))
  }

  #list(operator: 'and' | 'or', read: () => TagExpression, join: (parts: readonly TagExpression[]) => TagExpression): TagExpression {
    const first = read()
    if (this.#next.kind !== operator) return first
    const parts = [first]
    while (this.#next.kind === operator) {
      this.#take()
      parts.push(read())
    }
    return join(parts)
  }

  #term(depth: number): TagExpression {
    if (depth > TAG_FILTER_LIMITS.depth) this.#refuse(`at most ${TAG_FILTER_LIMITS.depth} levels of \`not\` and \`(\``)
    const next = this.#next
    switch (next.kind) {
      case 'tag':
        return this.#tag(next.tag)
      case 'not':
        this.#take()
        return { not: this.#term(depth + 1) }
      case 'open':
        return this.#group(depth)
      default:
        return this.#refuse(TERM)
    }
  }

  #group(depth: number): TagExpression {
    const open = this.#take()
    const inner = this.#any(depth + 1)
    if (this.#next.kind !== 'close') this.#refuse(`\`and\`, \`or\` or the \`)\` of the \`(\` at ${open.at + 1}`)
    this.#take()
    return inner
  }

  #tag(tag: string): TagExpression {
    if (++this.#tags > TAG_FILTER_LIMITS.tags) this.#refuse(`at most ${TAG_FILTER_LIMITS.tags} tags`)
    this.#take()
    return { tag }
  }
}

/**
 * Reads `web + !slow`, `(a or b) and not "two words"`. `not`, `!`, `-` bind tighter than `and`, `+`, `&&`, and these
 * tighter than `or`, `,`, `||`. Words of the grammar and tags are read without regard to case.
 */
export function parseTagFilter(text: string): ParsedTagFilter {
  try {
    return { kind: 'valid', expression: new Parser(text).whole() }
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'invalid', problem: error.problem }
    throw error
  }
}

export function describeTagFilterProblem({ position, expected, found }: TagFilterProblem): string {
  return `Expected ${expected} at character ${position}, found ${found}.`
}
