import type { SqlRow, Statement } from '../sql-engine.ts'

/** One write. */
export interface Run {
  readonly id: number
  readonly statement: Statement
}

/** What the gateway's thread asks of the writer thread. Every write and `read` is answered once, in order. */
export type WriterRequest =
  | { readonly kind: 'run'; readonly runs: readonly Run[] }
  | { readonly kind: 'read'; readonly id: number; readonly statement: Statement }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** These statements are on disk. */
  | { readonly kind: 'committed'; readonly ids: readonly number[] }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly SqlRow[] }
  | { readonly kind: 'failed'; readonly ids: readonly number[]; readonly reason: string }
  | { readonly kind: 'closed' }

export interface WriterOptions {
  readonly file: string
}
