/** Words that mean the same, each group under its first. Enough for tests to ask in words that a text does not have. */
const MEANINGS: readonly (readonly string[])[] = [
  ['delete', 'erase', 'löschen', 'supprimer', 'удалить', '削除'],
  ['file', 'document', 'datei', 'fichier', 'файл', 'ファイル'],
  ['weather', 'wetter', 'météo', 'погода', '天気'],
  ['send', 'senden', 'envoyer'],
  ['mail', 'email', 'courriel'],
]

const MEANING_OF = new Map(MEANINGS.flatMap(([first = '', ...others]) => [first, ...others].map((word) => [word, first] as const)))

/** The same numbers from -1 to 1 for the same word. */
function numbersOf(word: string, dimensions: number): readonly number[] {
  let state = 17
  for (const letter of word) state = (state * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return Array.from({ length: dimensions }, () => {
    state = (state * 16_807 + 11) % 2_147_483_647
    return state / 1_073_741_824 - 1
  })
}

/** A vector for a text that is the sum of its words, so that texts with words of one meaning are near each other. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']
  const numbers = words.map((word) => numbersOf(MEANING_OF.get(word) ?? word, dimensions))
  return Array.from({ length: dimensions }, (_, index) => numbers.reduce((sum, each) => sum + (each[index] ?? 0), 0) / words.length)
}
