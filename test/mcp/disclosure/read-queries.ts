import { readFile } from 'node:fs/promises'

export interface Labelled {
  readonly query: string
  /** Any of them is right. */
  readonly expect: readonly string[]
}

export const QUERY_SETS = ['queries', 'queries-unseen', 'queries-languages'] as const

export type QuerySet = (typeof QUERY_SETS)[number]

export async function readQueries(name: QuerySet): Promise<readonly Labelled[]> {
  const lines = (await readFile(new URL(`${name}.jsonl`, import.meta.url), 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Labelled)
}
