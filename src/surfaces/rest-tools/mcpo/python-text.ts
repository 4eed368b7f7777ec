const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

function escapeCharacter(character: string): string {
  const known = ESCAPES[character]
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/**
 * A text as Python’s `repr` writes it: `it's` → `"it's"`. mcpo puts that of a whole error into its answers.
 * @see https://docs.python.org/3/library/functions.html#repr
 */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, escapeCharacter)
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}

/**
 * A text as Python’s `str.title` writes it: `get-userInfo 2nd` → `Get-Userinfo 2Nd`.
 * @see https://docs.python.org/3/library/stdtypes.html#str.title
 */
export function pythonTitle(text: string): string {
  return text.replaceAll(/[\p{Lu}\p{Ll}\p{Lt}]+/gu, (word) => {
    const [first = '', ...rest] = word
    return first.toUpperCase() + rest.join('').toLowerCase()
  })
}
