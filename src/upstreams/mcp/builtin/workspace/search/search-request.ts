import type { Roots } from '../files/open-folder.ts'

export interface GlobRequest {
  readonly kind: 'glob'
  readonly roots: Roots
  /** Inside the roots, without symbolic links. */
  readonly path: string
  readonly pattern: string
  readonly limit: number
}

export interface GrepRequest {
  readonly kind: 'grep'
  readonly roots: Roots
  /** A folder or a file inside the roots, without symbolic links. */
  readonly path: string
  readonly pattern: string
  readonly glob: string | undefined
  /** Endings of names; undefined is all files. */
  readonly endings: readonly string[] | undefined
  readonly mode: 'content' | 'files_with_matches' | 'count'
  readonly before: number
  readonly after: number
  readonly hasNumbers: boolean
  readonly ignoresCase: boolean
  readonly isMultiline: boolean
  readonly offset: number
  readonly limit: number
  readonly fileBytes: number
}

export type SearchRequest = GlobRequest | GrepRequest
export type SearchAnswer = { readonly kind: 'found'; readonly text: string } | { readonly kind: 'refused'; readonly message: string }
