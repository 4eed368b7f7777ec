const MAX_TEXT = 20_000
const WORD = /[\p{L}\p{N}]+/gu

/** `listHTTPRoutes` is three words, `read_file` two, `v2` one. */
function splitCase(text: string): string {
  return text.replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
}

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['people', 'person'],
  ['children', 'child'],
  ['indices', 'index'],
  ['indexes', 'index'],
  ['vertices', 'vertex'],
])

/** Singular for plural, and nothing bolder: `issues` finds `issue`, `series` stays what it is. */
function singular(word: string): string {
  const irregular = IRREGULAR.get(word)
  if (irregular !== undefined) return irregular
  if (word.length < 4 || !word.endsWith('s') || /(?:ss|us|is|series|news)$/.test(word)) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:sses|shes|ches|xes|zes)$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

/** The ending of a verb: `sending` and `scheduled` meet `send` and `schedule`. A silent e is dropped on both sides. */
function stem(word: string): string {
  const base = singular(word)
  const cut = base.length > 5 ? base.replace(/(?:ing|ed)$/, '') : base
  const plain = cut.length >= 3 ? cut : base
  const single = plain === base ? plain : plain.replace(/([bdgmnprt])\1$/, '$1')
  return single.length > 4 && single.endsWith('e') ? single.slice(0, -1) : single
}

/** The words of a text or of a name, in order, lower-cased, without accents and without their commonest endings. */
export function readWords(text: string): readonly string[] {
  const plain = splitCase(text.slice(0, MAX_TEXT)).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return (plain.match(WORD) ?? []).map(stem)
}
