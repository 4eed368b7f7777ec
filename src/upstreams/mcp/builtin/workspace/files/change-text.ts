import { ToolFailureError } from '../tool-failure.ts'
import { numberLines, splitLines } from './number-lines.ts'

export interface TextChange {
  readonly oldText: string
  readonly newText: string
  readonly isEverywhere: boolean
}

/** Replaces one text by another, literally. The old text has to be there once, or `isEverywhere`. */
export function changeText(text: string, { oldText, newText, isEverywhere }: TextChange): string {
  if (oldText === newText) throw new ToolFailureError('No changes to make: old_string and new_string are exactly the same.')
  if (oldText === '') throw new ToolFailureError('Cannot create new file - file already exists.')
  const parts = text.split(oldText)
  const count = parts.length - 1
  if (count === 0) throw new ToolFailureError(`String to replace not found in file.\nString: ${oldText}`)
  if (count > 1 && !isEverywhere) {
    throw new ToolFailureError(
      `Found ${count} matches of the string to replace, but replace_all is false. To replace all occurrences, set replace_all to true. To replace only one occurrence, please provide more context to uniquely identify the instance.\nString: ${oldText}`,
    )
  }
  return parts.join(newText)
}

const AROUND = 4
const MOST_LINES = 200

/** The lines of the new text that differ from the old one, with a few around them. */
export function changedSnippet(before: string, after: string): string {
  const [old, now] = [splitLines(before), splitLines(after)]
  let start = 0
  while (start < now.length && start < old.length && old[start] === now[start]) start++
  let end = 0
  while (end < now.length - start && end < old.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++
  const from = Math.max(0, start - AROUND)
  const lines = now.slice(from, Math.min(now.length - end + AROUND, from + MOST_LINES))
  return numberLines(lines, from + 1)
}
