/** What one UTF-16 unit is to a tokenizer. */
const SPACE = 0
const LETTER = 1
const UPPER = 2
const DIGIT = 3
const MARK = 4
const ALPHABET = 5
const SYLLABLE = 6
const ASTRAL = 7

/**
 * Tokens per unit. Latin words break into pieces of about four letters, digits into groups of two or three, marks go alone or
 * in pairs; letters of other alphabets are two bytes and break sooner; ideographs, kana and hangul are one token each, and
 * half of a surrogate pair is one too.
 */
const PER_UNIT = [0.05, 0.235, 0.235, 0.45, 0.68, 0.55, 1.15, 1] as const

/** A word costs something before its letters do; short ones are one token however short. */
const PER_WORD = 0.25

/** A line's end with the next one's indentation is one token. */
const PER_INDENT = 0.6

/** Newer vocabularies make more tokens of the same text than those that the numbers above were measured with. */
const MARGIN = 1.1

const ASCII = new Uint8Array(128).map((_, code) => {
  if (code <= 0x20) return SPACE
  if (code >= 0x30 && code <= 0x39) return DIGIT
  if (code >= 0x41 && code <= 0x5a) return UPPER
  return code >= 0x61 && code <= 0x7a ? LETTER : MARK
})

/** Where other classes begin, in order; what is before the first is ASCII. */
const BEYOND_ASCII: readonly (readonly [first: number, kind: number])[] = [
  [0x0080, LETTER],
  [0x0250, ALPHABET],
  // Marks, arrows and pictures.
  [0x2000, ASTRAL],
  // From the radicals to the hangul syllables.
  [0x2e80, SYLLABLE],
  [0xd800, ASTRAL],
  [0xe000, ALPHABET],
  [0xf900, SYLLABLE],
  [0xfb00, ALPHABET],
  [0xfe30, SYLLABLE],
]

function classOf(code: number): number {
  if (code < 0x80) return ASCII[code] ?? MARK
  return BEYOND_ASCII.findLast(([first]) => code >= first)?.[1] ?? ALPHABET
}

const isWord = (kind: number): boolean => kind === LETTER || kind === UPPER || kind === ALPHABET

/**
 * About how many tokens a text has, in one pass. It has no vocabulary and cannot be made slow: vocabularies take time that
 * grows with the square of an unbroken run.
 */
export function estimateText(text: string): number {
  let tokens = 0
  let before = SPACE
  let spaces = 0
  for (let at = 0; at < text.length; at++) {
    const kind = classOf(text.charCodeAt(at))
    tokens += PER_UNIT[kind] ?? 1
    const begins = isWord(kind) && (!isWord(before) || (kind === UPPER && before === LETTER))
    if (begins) tokens += PER_WORD
    spaces = kind === SPACE ? spaces + 1 : 0
    if (spaces === 2) tokens += PER_INDENT
    before = kind
  }
  return Math.ceil(tokens * MARGIN)
}
