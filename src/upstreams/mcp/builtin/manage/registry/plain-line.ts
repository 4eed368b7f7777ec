/** Control and format characters, and what breaks lines: they hide text from people that a model reads, or forge lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** A stranger’s text as one line of bounded length. It is shown as data; nothing in it is an instruction. */
export function plainLine(text: string, most = 300): string {
  const line = text.slice(0, most * 4).replaceAll(UNSEEN, ' ').replaceAll(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
