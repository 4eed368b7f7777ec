import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

/** What a watched file was when it was last looked at. */
export type WatchedContent =
  | { readonly kind: 'never-there' }
  /** It is gone; its last content is kept, so that the same content in a new file is no change. */
  | { readonly kind: 'gone'; readonly hash: string; readonly isEmpty: boolean }
  | { readonly kind: 'present'; readonly hash: string; readonly isEmpty: boolean; readonly stamp: string }

/** Reads only when date, size or inode changed; answers with `before` itself when nothing did. */
export function lookAtFile(path: string, before: WatchedContent): WatchedContent {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path)
    const stamp = `${mtimeMs}:${ctimeMs}:${size}:${ino}`
    if (before.kind === 'present' && before.stamp === stamp) return before
    const bytes = readFileSync(path)
    return { kind: 'present', stamp, hash: createHash('sha256').update(bytes).digest('base64'), isEmpty: bytes.toString('utf8').trim() === '' }
  } catch {
    // Missing, a folder, not readable: none of these is a content. The load says which it was.
    return before.kind === 'present' ? { kind: 'gone', hash: before.hash, isEmpty: before.isEmpty } : before
  }
}

export function isOtherContent(now: WatchedContent, before: WatchedContent): boolean {
  return now.kind === 'present' && (before.kind === 'never-there' || before.hash !== now.hash)
}

/** A file that had a content and is empty now is usually one that is just being written. */
export function wasEmptied(now: WatchedContent, before: WatchedContent): boolean {
  return now.kind === 'present' && now.isEmpty && before.kind !== 'never-there' && !before.isEmpty
}
