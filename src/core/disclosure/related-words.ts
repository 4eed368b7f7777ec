import { EVERYDAY_WORDS } from './everyday-words.ts'
import { readWords } from './read-words.ts'
import { SAME_WORDS } from './same-words.ts'

function relate(): ReadonlyMap<string, ReadonlySet<string>> {
  const related = new Map<string, Set<string>>()
  const add = (word: string, others: readonly string[]): void => {
    const known = related.get(word) ?? new Set<string>()
    for (const other of others) if (other !== word) known.add(other)
    related.set(word, known)
  }
  for (const group of SAME_WORDS) {
    const words = readWords(group)
    for (const word of words) add(word, words)
  }
  for (const [word, meant] of Object.entries(EVERYDAY_WORDS)) for (const stem of readWords(word)) add(stem, readWords(meant))
  return related
}

const RELATED = relate()
const NONE: ReadonlySet<string> = new Set()

/** Words that may mean the same as a word of `readWords`, from two tables that belong to no product and no language but English. */
export function relatedWords(word: string): ReadonlySet<string> {
  return RELATED.get(word) ?? NONE
}
