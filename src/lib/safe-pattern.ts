const MAX_PATTERN = 500
const MAX_MATCHED_TEXT = 1_000
/** A repeated group that repeats itself inside may take time that doubles with every letter. */
const SLOW_PATTERN = /\([^()]*[+*}][^()]*\)\s*(?:[+*]|\{\d)/

/** A pattern, or a text to match, that could hold up everybody else: nothing was checked. */
export class NotMatched extends Error {}

/** Makes regular expressions of patterns that a stranger wrote, for ajv's option `code.regExp`. Both steps throw `NotMatched` rather than take long. */
export const safePattern = Object.assign(
  (pattern: string, flags: string): { test(text: string): boolean } => {
    if (pattern.length > MAX_PATTERN || SLOW_PATTERN.test(pattern)) throw new NotMatched('A pattern of the schema may be slow.')
    const expression = new RegExp(pattern, flags)
    return {
      test(text) {
        if (text.length > MAX_MATCHED_TEXT) throw new NotMatched('A text is too long to be matched here.')
        return expression.test(text)
      },
    }
  },
  { code: 'undefined' },
)
